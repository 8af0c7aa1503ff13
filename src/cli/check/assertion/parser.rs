//! The grammar of assertions.
//!
//! Operators bind as in Python, from loose to tight: `||`, `&&`, comparisons, `+ -`, `* /`, the signs `- !`, and `^`. Only
//! `^` groups from the right: `2^3^2` is `2^9`, and `-2^2` is -4.

use super::Variable;
use super::bounds::{Truth, abs, at_most, difference, equal, less, log10, negated};
use super::bounds::{power, product, quotient, sqrt, sum};
use super::expression::{Condition, Function, Number};
use crate::hist::Bounded;
use crate::text::{clip, plural};
use std::ops::Range;
use winnow::combinator::{self, Infix, Prefix, alt, opt, preceded};
use winnow::error::ParserError;
use winnow::stream::{LocatingSlice, Stateful, Stream};
use winnow::token::{one_of, take_while};
use winnow::{Parser as _, Result};

/// Longest expression, in characters. Its deepest tree fits in the stack of a thread.
const LONGEST: usize = 1000;
/// Largest number of nested parentheses, signs and powers. Each takes part of the stack while it is parsed.
const DEEPEST: usize = 100;
/// Cells of the text that an error quotes.
const QUOTED: usize = 30;

const OPERAND: &str = "a number, a name or '('";
/// Longer operators precede their beginnings.
const OPERATORS: [&str; 13] = ["||", "&&", "<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "^"];
const FUNCTIONS: [(&str, Function); 3] = [("abs", abs), ("sqrt", sqrt), ("log10", log10)];

/// Binding power of the signs, between those of `*` and `^`.
const SIGN: i64 = 12;

type Input<'a> = Stateful<LocatingSlice<&'a str>, State<'a>>;

#[derive(Debug)]
struct State<'a> {
    text: &'a str,
    depth: usize,
    variables: Vec<(String, Variable)>,
}

/// The reason why a parser fails.
#[derive(Debug)]
enum Failure {
    /// Another parser may match.
    Mismatch,
    /// The expression is invalid, with a sentence for the user.
    Invalid(String),
}

impl<I: Stream> ParserError<I> for Failure {
    type Inner = Self;

    fn from_input(_: &I) -> Self {
        Self::Mismatch
    }

    fn is_backtrack(&self) -> bool {
        matches!(self, Self::Mismatch)
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

/// A parsed part, and its place in the text.
#[derive(Debug)]
struct Part {
    expression: Expression,
    span: Range<usize>,
}

#[derive(Debug)]
enum Expression {
    Number(Number),
    Condition(Condition),
}

/// Parses an assertion. Also returns its variables with their names, in the order of the text.
pub(super) fn parse(text: &str) -> Result<(Condition, Vec<(String, Variable)>), String> {
    if text.trim().is_empty() {
        return Err("expected a comparison, as in 'p99 < 1e-2'".to_owned());
    }
    if text.chars().count() > LONGEST {
        return Err(format!("{} is the maximum; use several --assert", plural(LONGEST as u64, "character")));
    }
    let state = State { text, depth: 0, variables: Vec::new() };
    let mut input = Stateful { input: LocatingSlice::new(text), state };
    match whole(&mut input) {
        Ok(condition) => Ok((condition, input.state.variables)),
        Err(Failure::Invalid(why)) => Err(why),
        Err(Failure::Mismatch) => Err(format!("expected {OPERAND}{}", place(&input))),
    }
}

fn whole(input: &mut Input) -> Result<Condition, Failure> {
    let part = expression(input)?;
    if !input.trim_start().is_empty() {
        return Err(expected(&format!("one of {}", OPERATORS.join(" ")), input));
    }
    part.condition(input, "compare it with something, as in 'p99 < 1e-2'")
}

fn expression(input: &mut Input) -> Result<Part, Failure> {
    combinator::expression(operand).prefix(sign).infix(operator).parse_next(input)
}

fn space(input: &mut Input) -> Result<(), Failure> {
    take_while(0.., char::is_whitespace).void().parse_next(input)
}

fn operand(input: &mut Input) -> Result<Part, Failure> {
    let part = alt((literal, name, group.map(|inner| inner.expression))).with_span();
    preceded(space, part).map(|(expression, span)| Part { expression, span }).parse_next(input)
}

/// Parses a number such as `1e-2` or `.5`.
fn literal(input: &mut Input) -> Result<Expression, Failure> {
    let digits = |least: usize| take_while(least.., '0'..='9').void();
    let decimal = alt(((digits(1), opt(('.', digits(0)))).void(), ('.', digits(1)).void()));
    let exponent = opt((one_of(['e', 'E']), opt(one_of(['-', '+'])), digits(1)));
    (decimal, exponent).take().parse_to().map(|x| Expression::Number(Number::Literal(x))).parse_next(input)
}

/// Parses the name of a variable, or a function with its argument.
fn name(input: &mut Input) -> Result<Expression, Failure> {
    let start = one_of(|c: char| c.is_alphabetic() || c == '_');
    let rest = take_while(0.., |c: char| c.is_alphanumeric() || c == '_' || c == '.');
    let name = (start, rest).take().parse_next(input)?;
    if let Some((_, apply)) = FUNCTIONS.iter().find(|(known, _)| *known == name) {
        let argument = opt(preceded(space, group)).parse_next(input)?;
        let argument = argument.ok_or_else(|| expected(&format!("'(' after {name}"), input))?;
        return Ok(Expression::Number(Number::Function(*apply, Box::new(argument.number(input)?))));
    }
    let variable = Variable::parse(name).ok_or_else(|| {
        let names = "use a name of rebin stats such as mean, max_abs or p99.9, or drift.w1";
        Failure::Invalid(format!("unknown name '{}'; {names}", clip(name, QUOTED)))
    })?;
    if !input.state.variables.iter().any(|(known, _)| known == name) {
        input.state.variables.push((name.to_owned(), variable));
    }
    Ok(Expression::Number(Number::Variable(variable)))
}

/// Parses an expression in parentheses.
fn group(input: &mut Input) -> Result<Part, Failure> {
    '('.parse_next(input)?;
    enter(input)?;
    let inner = expression(input)?;
    if opt(preceded(space, ')')).parse_next(input)?.is_none() {
        return Err(expected(&format!("')' or one of {}", OPERATORS.join(" ")), input));
    }
    input.state.depth -= 1;
    Ok(inner)
}

/// Parses the sign before an operand. Runs where an operand is missing, so that anything else is an error.
fn sign<'a>(input: &mut Input<'a>) -> Result<Prefix<Input<'a>, Part, Failure>, Failure> {
    let sign = preceded(space, opt(one_of(['-', '!']))).parse_next(input)?;
    let sign = sign.ok_or_else(|| expected(OPERAND, input))?;
    enter(input)?;
    let fold = if sign == '-' { negative } else { not };
    Ok(Prefix(SIGN, fold))
}

fn negative(input: &mut Input, part: Part) -> Result<Part, Failure> {
    let span = signed(input, &part);
    let number = Number::Function(negated, Box::new(part.number(input)?));
    Ok(Part { expression: Expression::Number(number), span })
}

fn not(input: &mut Input, part: Part) -> Result<Part, Failure> {
    let span = signed(input, &part);
    let inner = part.condition(input, "! needs a comparison in parentheses, as in '!(nan == 0)'")?;
    Ok(Part { expression: Expression::Condition(Condition::Not(Box::new(inner))), span })
}

/// Leaves the operand of a sign. Returns the place of both.
fn signed(input: &mut Input, part: &Part) -> Range<usize> {
    input.state.depth -= 1;
    let start = input.state.text[..part.span.start].rfind(['-', '!']);
    start.unwrap_or(part.span.start)..part.span.end
}

fn operator<'a>(input: &mut Input<'a>) -> Result<Infix<Input<'a>, Part, Failure>, Failure> {
    use Infix::{Left, Right};
    let found = match preceded(space, alt(OPERATORS)).parse_next(input)? {
        "||" => Left(2, |input, a, b| joined(input, a, b, |a, b| a || b)),
        "&&" => Left(4, |input, a, b| joined(input, a, b, |a, b| a && b)),
        "<=" => Left(6, |input, a, b| compared(input, a, b, at_most)),
        ">=" => Left(6, |input, a, b| compared(input, a, b, |a, b| at_most(b, a))),
        "==" => Left(6, |input, a, b| compared(input, a, b, equal)),
        "!=" => Left(6, |input, a, b| compared(input, a, b, |a, b| equal(a, b).not())),
        "<" => Left(6, |input, a, b| compared(input, a, b, less)),
        ">" => Left(6, |input, a, b| compared(input, a, b, |a, b| less(b, a))),
        "+" => Left(8, |input, a, b| combined(input, a, b, sum)),
        "-" => Left(8, |input, a, b| combined(input, a, b, difference)),
        "*" => Left(10, |input, a, b| combined(input, a, b, product)),
        "/" => Left(10, |input, a, b| combined(input, a, b, quotient)),
        _ => {
            enter(input)?;
            Right(14, raised)
        }
    };
    Ok(found)
}

fn combined(input: &Input, a: Part, b: Part, of: fn(Bounded, Bounded) -> Bounded) -> Result<Part, Failure> {
    let span = a.span.start..b.span.end;
    let number = Number::Operation(of, Box::new([a.number(input)?, b.number(input)?]));
    Ok(Part { expression: Expression::Number(number), span })
}

/// Leaves the exponent of a power.
fn raised(input: &mut Input, a: Part, b: Part) -> Result<Part, Failure> {
    input.state.depth -= 1;
    combined(input, a, b, power)
}

fn compared(input: &Input, a: Part, b: Part, of: fn(Bounded, Bounded) -> Truth) -> Result<Part, Failure> {
    let span = a.span.start..b.span.end;
    let condition = Condition::Comparison(of, Box::new([a.number(input)?, b.number(input)?]));
    Ok(Part { expression: Expression::Condition(condition), span })
}

fn joined(input: &Input, a: Part, b: Part, of: fn(bool, bool) -> bool) -> Result<Part, Failure> {
    let span = a.span.start..b.span.end;
    let advice = "&& and || need comparisons, as in 'nan == 0 && p99 < 1e-2'";
    let condition = Condition::Joined(of, Box::new([a.condition(input, advice)?, b.condition(input, advice)?]));
    Ok(Part { expression: Expression::Condition(condition), span })
}

impl Part {
    fn number(self, input: &Input) -> Result<Number, Failure> {
        match self.expression {
            Expression::Number(number) => Ok(number),
            Expression::Condition(_) => {
                let text = clip(&input.state.text[self.span], QUOTED);
                Err(Failure::Invalid(format!("'{text}' is a comparison, not a number; join comparisons with && or ||")))
            }
        }
    }

    fn condition(self, input: &Input, advice: &str) -> Result<Condition, Failure> {
        match self.expression {
            Expression::Condition(condition) => Ok(condition),
            Expression::Number(_) => {
                let text = clip(&input.state.text[self.span], QUOTED);
                Err(Failure::Invalid(format!("'{text}' is a number; {advice}")))
            }
        }
    }
}

/// Enters a level of nesting.
fn enter(input: &mut Input) -> Result<(), Failure> {
    input.state.depth += 1;
    if input.state.depth > DEEPEST {
        let what = "nested parentheses, signs and powers is the maximum";
        return Err(Failure::Invalid(format!("{DEEPEST} {what}{}", place(input))));
    }
    Ok(())
}

fn expected(what: &str, input: &Input) -> Failure {
    Failure::Invalid(format!("expected {what}{}", place(input)))
}

/// Names the place that a parser has reached.
fn place(input: &Input) -> String {
    match input.trim() {
        "" => " at the end".to_owned(),
        rest => format!(" at '{}'", clip(rest, QUOTED)),
    }
}

#[cfg(test)]
mod tests;
