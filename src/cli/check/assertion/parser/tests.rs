use super::*;
use proptest::prelude::*;

/// Evaluates both sides of a comparison without variables.
fn sides(text: &str) -> [f64; 2] {
    let (condition, _) = parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
    condition.sides().unwrap().each_ref().map(|side| side.value(&|_| Bounded::UNKNOWN).at)
}

fn holds(text: &str) -> bool {
    let (condition, _) = parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
    condition.holds(&|_| Bounded::UNKNOWN).certain
}

fn error(text: &str) -> String {
    parse(text).map(|(condition, _)| format!("{text}: {condition:?}")).unwrap_err()
}

#[test]
fn numbers_have_the_values_of_python() {
    // The values that Python 3 gives if ^ is written **, and log10 and sqrt come from its module math.
    for (text, value) in [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("7 - 3 + 2", 6.0),
        ("7 + 3 - 2", 8.0),
        ("7 - 3 - 2", 2.0),
        ("8 / 4 * 2", 4.0),
        ("8 / 4 / 2", 1.0),
        ("8 / (4 * 2)", 1.0),
        ("49 * (1 / 49)", 0.999_999_999_999_999_9),
        ("49 * 1 / 49", 1.0),
        ("0.1 + 0.2 - 0.3", 5.551_115_123_125_783e-17),
        ("2 * 3 ^ 2", 18.0),
        ("2 ^ 3 * 2", 16.0),
        ("2^3^2", 512.0),
        ("(2^3)^2", 64.0),
        ("-2^2", -4.0),
        ("(-2)^2", 4.0),
        ("2^-1", 0.5),
        ("2^-1 * 4", 2.0),
        ("2^-2^2", 0.0625),
        ("-2^-2", -0.25),
        ("-3 * -2", 6.0),
        ("6 / -2 * 3", -9.0),
        ("1 - -2 + 3", 6.0),
        ("1--2", 3.0),
        ("---2", -2.0),
        ("1e2 - 1.5e-1", 99.85),
        (".5 + 5. + 1E+1", 15.5),
        ("2e1-1", 19.0),
        ("abs(1 - 3) * 2", 4.0),
        ("-abs(-2)^2", -4.0),
        ("sqrt (2 + 7)-1", 2.0),
        ("log10(1e3)^2", 9.0),
        ("sqrt(abs(-16))^2 / 4", 4.0),
        ("((((5))))", 5.0),
        ("1e999", f64::INFINITY),
    ] {
        assert_eq!(sides(&format!("{text} == 1")), [value, 1.0], "{text}");
        assert_eq!(sides(&format!("1<{text}")), [1.0, value], "{text}");
    }
}

#[test]
fn conditions_bind_in_the_order_of_comparison_and_or() {
    for text in [
        "1 < 2 || 1 < 2 && 2 < 1",
        "2 < 1 && 2 < 1 || 1 < 2",
        "1 + 1 < 3 && 3 > 1 + 1",
        "!(2 < 1) || 1 < 2",
        "!(2 < 1 || 3 < 1) && 1 < 2",
        "! ! (1 < 2)",
        "1<=1&&1>=1&&1==1&&1!=2&&!(1<1)&&!(1>1)&&!(1!=1)",
        "\t1 <\n2\u{a0}",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in ["(1 < 2 || 1 < 2) && 2 < 1", "!(2 < 1) && 2 < 1", "!(1 < 2 || 2 < 1)", "2 <= 1", "1 >= 2", "1 == 2"] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn errors_name_the_place_and_what_is_expected() {
    let operator = "one of || && <= >= == != < > + - * / ^";
    let operand = "a number, a name or '('";
    for (text, why) in [
        ("", "expected a comparison, as in 'p99 < 1e-2'"),
        (" \t", "expected a comparison, as in 'p99 < 1e-2'"),
        ("p99", "'p99' is a number; compare it with something, as in 'p99 < 1e-2'"),
        ("(n - 1)", "'(n - 1)' is a number; compare it with something, as in 'p99 < 1e-2'"),
        ("0 < mean < 1", "'0 < mean' is a comparison, not a number; join comparisons with && or ||"),
        ("n < 1 == (2 < 3)", "'n < 1' is a comparison, not a number; join comparisons with && or ||"),
        ("2 * -(n < 3) > 1", "'(n < 3)' is a comparison, not a number; join comparisons with && or ||"),
        ("abs(n < 3) > 1", "'n < 3' is a comparison, not a number; join comparisons with && or ||"),
        ("2^!(n < 3) > 1", "'!(n < 3)' is a comparison, not a number; join comparisons with && or ||"),
        ("n > 3 && - n^2", "'- n^2' is a number; && and || need comparisons, as in 'nan == 0 && p99 < 1e-2'"),
        ("mean || n > 3", "'mean' is a number; && and || need comparisons, as in 'nan == 0 && p99 < 1e-2'"),
        ("!nan == 0", "'nan' is a number; ! needs a comparison in parentheses, as in '!(nan == 0)'"),
        ("p101 < 3", "unknown name 'p101'; use a name of rebin stats such as mean, max_abs or p99.9, or drift.w1"),
        (
            "1 < drift.x",
            "unknown name 'drift.x'; use a name of rebin stats such as mean, max_abs or p99.9, or drift.w1",
        ),
        ("mean <", &format!("expected {operand} at the end")),
        ("< 3", &format!("expected {operand} at '< 3'")),
        ("mean < +3", &format!("expected {operand} at '+3'")),
        ("mean <> 3", &format!("expected {operand} at '> 3'")),
        ("{mean} < 3", &format!("expected {operand} at '{{mean}} < 3'")),
        ("🦀 < 1", &format!("expected {operand} at '🦀 < 1'")),
        ("n < ()", &format!("expected {operand} at ')'")),
        ("n < .", &format!("expected {operand} at '.'")),
        ("mean = 3", &format!("expected {operator} at '= 3'")),
        ("mean < 3 & n < 3", &format!("expected {operator} at '& n < 3'")),
        ("2 mean < 3", &format!("expected {operator} at 'mean < 3'")),
        ("2(mean) < 3", &format!("expected {operator} at '(mean) < 3'")),
        ("(2)(3) < 3", &format!("expected {operator} at '(3) < 3'")),
        ("1e < 3", &format!("expected {operator} at 'e < 3'")),
        ("1.2.3 < 3", &format!("expected {operator} at '.3 < 3'")),
        ("n! < 3", &format!("expected {operator} at '! < 3'")),
        (
            "mean < 3) || n < 1 && posinf + neginf == 0",
            &format!("expected {operator} at ') || n < 1 && posinf + neginf…'"),
        ),
        ("(mean < 3", &format!("expected ')' or {operator} at the end")),
        ("abs(n, 2) < 3", &format!("expected ')' or {operator} at ', 2) < 3'")),
        ("n < abs ", "expected '(' after abs at the end"),
        ("sqrt max < 3", "expected '(' after sqrt at 'max < 3'"),
    ] {
        assert_eq!(error(text), why, "{text}");
    }
}

#[test]
fn nesting_is_limited() {
    for (open, close, levels) in
        [("(", ")", 100), ("-", "", 100), ("sqrt(", ")", 100), ("2^", "", 100), ("-(", ")", 50), ("2^-", "", 50)]
    {
        let nested = |levels: usize| format!("{}1{} < 1", open.repeat(levels), close.repeat(levels));
        assert_eq!(sides(&nested(levels))[1], 1.0);
        // A sequence is not nested.
        let part = nested(10);
        assert!(parse(&[part.as_str(); 12].join(" && ")).is_ok(), "{part}");
        let why = error(&nested(levels + 1));
        assert!(why.starts_with("100 nested parentheses, signs and powers is the maximum at '"), "{why}");
    }
    assert!(parse(&format!("{}(1 < 2)", "!".repeat(99))).is_ok());
    assert!(error(&format!("{}(1 < 2)", "!".repeat(100))).starts_with("100 nested"));
}

#[test]
fn the_longest_expressions_fit_in_a_small_stack() {
    let check = || {
        for part in ["+1", "-1", "*1", "/1", "^1", "||1<1", "&&1<1", "(", "-", "!", "abs(", "2^"] {
            let text = format!("999<1{}", part.repeat((LONGEST - 5) / part.len()));
            if let Ok((condition, _)) = parse(&text) {
                assert!(!condition.clone().holds(&|_| Bounded::UNKNOWN).certain, "{text}");
            }
            let text = format!("{}{part}", part.repeat(LONGEST / part.len()));
            assert_eq!(error(&text), "1,000 characters is the maximum; use several --assert");
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(check).unwrap().join().unwrap();
}

/// An expression of numbers, as text with its value and the strength of its outermost operator.
#[derive(Debug, Clone)]
struct Known {
    text: String,
    value: f64,
    strength: u8,
}

impl Known {
    /// Puts weaker operators in parentheses.
    fn at_least(&self, strength: u8) -> String {
        if self.strength < strength { format!("({})", self.text) } else { self.text.clone() }
    }

    fn joined(&self, operator: char, other: &Self) -> Self {
        let (a, b) = (self.value, other.value);
        let (value, strength, left, right) = match operator {
            '+' => (a + b, 1, 1, 2),
            '-' => (a - b, 1, 1, 2),
            '*' => (a * b, 2, 2, 3),
            '/' => (a / b, 2, 2, 3),
            _ => (a.powf(b), 4, 5, 3),
        };
        Self { text: format!("{} {operator} {}", self.at_least(left), other.at_least(right)), value, strength }
    }

    fn negated(&self) -> Self {
        Self { text: format!("-{}", self.at_least(3)), value: -self.value, strength: 3 }
    }
}

fn known() -> impl Strategy<Value = Known> {
    let literal = (0..100_u8).prop_map(|n| Known {
        text: format!("{}", f64::from(n) / 8.0),
        value: f64::from(n) / 8.0,
        strength: 5,
    });
    literal.prop_recursive(6, 24, 2, |inner| {
        prop_oneof![
            4 => (inner.clone(), prop::sample::select(vec!['+', '-', '*', '/', '^']), inner.clone())
                .prop_map(|(a, operator, b)| a.joined(operator, &b)),
            1 => inner.prop_map(|a| a.negated()),
        ]
    })
}

proptest! {
    #[test]
    fn expressions_with_only_the_necessary_parentheses_keep_their_value(known in known()) {
        let [value, _] = sides(&format!("{} < 1", known.text));
        prop_assert!(value == known.value || value.is_nan() && known.value.is_nan(), "{known:?} {value}");
    }

    #[test]
    fn any_text_is_parsed_or_refused_with_a_short_sentence(
        parts in prop::collection::vec(prop::sample::select(vec![
            "(", ")", "-", "!", "+", "^", "*", "<", ">=", "!=", "&&", "||", "&", "n", "p99.9", "abs", "abs(", "1", ".5", "e", "é", " ",
        ]), 0..40),
    ) {
        match parse(&parts.concat()) {
            Ok((condition, _)) => {
                condition.holds(&|_| Bounded::UNKNOWN);
            }
            Err(why) => prop_assert!(!why.is_empty() && why.chars().count() < 150, "{why}"),
        }
    }
}
