//! The stack machine.

use super::{Blob, Call, Global, Id, Input, MAX_KEPT, Pickle, Value};
use crate::engine::{Budget, Reservation};
use crate::format::DecodeError;
use std::collections::HashMap;

/// Largest protocol.
const PROTOCOL: u8 = 5;

/// Longest line of protocol 0: a number, a name, or a text that is kept.
const MAX_LINE: usize = MAX_KEPT as usize;

/// Bytes of memory for a value in the list and on the stack, for a reference to a value, and for an allocation.
const VALUE: usize = 2 * size_of::<Value>() + 16;
const REFERENCE: usize = 2 * size_of::<Id>();
const ALLOCATION: usize = 32;

/// Bytes that are reserved at once.
const RESERVED: usize = 64 << 10;

pub(super) struct Machine<'i, 's> {
    input: &'i mut Input<'s>,
    values: Vec<Value>,
    stack: Vec<Id>,
    /// Heights of the stack at each mark.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    /// Number of references that were on the stack.
    pushed: usize,
    reserved: Reservation,
    /// Bytes of memory in use.
    used: usize,
    /// Bytes of memory reserved.
    held: usize,
}

impl<'i, 's> Machine<'i, 's> {
    pub(super) fn new(input: &'i mut Input<'s>, memory: &Budget) -> Self {
        let reserved = memory.reservation();
        Self {
            input,
            values: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            pushed: 0,
            reserved,
            used: 0,
            held: 0,
        }
    }

    pub(super) fn run(mut self) -> Result<Pickle, DecodeError> {
        loop {
            let at = self.input.position();
            match self.step() {
                Ok(Some(root)) => return Ok(self.pickle(root)),
                Ok(None) => {}
                Err(why) => return Err(DecodeError::new(format!("damaged pickle, byte {at}: {why}"))),
            }
        }
    }

    fn pickle(self, root: Id) -> Pickle {
        Pickle { values: self.values, root, references: self.pushed, _reserved: self.reserved }
    }

    /// Executes one instruction. Returns the result if it was the last one.
    fn step(&mut self) -> Result<Option<Id>, DecodeError> {
        match self.input.byte()? {
            b'.' => return self.pop().map(Some),
            0x80 => {
                let version = self.input.byte()?;
                if version > PROTOCOL {
                    return Err(DecodeError::new(format!("protocol {version} is unknown")));
                }
            }
            // A frame only states how many bytes to read at once.
            0x95 => _ = self.input.array::<8>()?,
            b'(' => {
                self.charge(REFERENCE)?;
                self.marks.push(self.stack.len());
            }
            b'0' if self.marks.last() == Some(&self.stack.len()) => _ = self.marks.pop(),
            b'0' => _ = self.pop()?,
            b'1' => _ = self.since_mark()?,
            b'2' => {
                let top = self.top()?;
                self.push_id(top)?;
            }
            b'g' => {
                let index = self.decimal()?;
                self.get(index)?;
            }
            b'h' => {
                let index = self.input.byte()?;
                self.get(u32::from(index))?;
            }
            b'j' => {
                let index = u32::from_le_bytes(self.input.array()?);
                self.get(index)?;
            }
            b'p' => {
                let index = self.decimal()?;
                self.put(index)?;
            }
            b'q' => {
                let index = self.input.byte()?;
                self.put(u32::from(index))?;
            }
            b'r' => {
                let index = u32::from_le_bytes(self.input.array()?);
                self.put(index)?;
            }
            0x94 => self.put(self.memo.len() as u32)?,
            0x97 | 0x98 => {
                return Err(DecodeError::new(
                    "its data is in buffers outside of the pickle, which the file does not have",
                ));
            }
            other => self.step_scalar(other)?,
        }
        Ok(None)
    }

    /// Executes an instruction that pushes a value without references.
    fn step_scalar(&mut self, code: u8) -> Result<(), DecodeError> {
        match code {
            b'N' => self.push(Value::None),
            0x88 => self.push(Value::Bool(true)),
            0x89 => self.push(Value::Bool(false)),
            b'J' => self.number::<4>(|bytes| i64::from(i32::from_le_bytes(bytes))),
            b'K' => self.number::<1>(|[byte]| i64::from(byte)),
            b'M' => self.number::<2>(|bytes| i64::from(u16::from_le_bytes(bytes))),
            0x8a => {
                let len = self.input.byte()?;
                self.long(u64::from(len))
            }
            0x8b => {
                let len = i32::from_le_bytes(self.input.array()?);
                let len = u64::try_from(len).map_err(|_| DecodeError::new("an integer has a negative length"))?;
                self.long(len)
            }
            b'G' => {
                let bytes = self.input.array()?;
                self.push(Value::Float(f64::from_be_bytes(bytes)))
            }
            b'I' | b'L' | b'F' => {
                let line = self.input.line(MAX_LINE)?;
                let text = String::from_utf8_lossy(&line);
                let digits = text.trim().trim_end_matches('L');
                let value = match (code, digits) {
                    (b'I', "00") => Value::Bool(false),
                    (b'I', "01") => Value::Bool(true),
                    (b'F', _) => Value::Float(digits.parse().map_err(|_| DecodeError::new("a float is malformed"))?),
                    _ => digits.parse().map_or(Value::Opaque, Value::Int),
                };
                self.push(value)
            }
            b'S' => {
                let line = self.input.line(MAX_LINE)?;
                let quoted = line.get(1..line.len().saturating_sub(1)).unwrap_or_default();
                let blob = self.kept(quoted)?;
                self.push(text_or_bytes(blob))
            }
            b'V' => {
                let line = self.input.line(MAX_LINE)?;
                let blob = self.kept(&line)?;
                self.push(Value::Text(blob))
            }
            b'X' => self.blob::<4>(Value::Text),
            0x8c => self.blob::<1>(Value::Text),
            0x8d => self.blob::<8>(Value::Text),
            b'B' => self.blob::<4>(Value::Bytes),
            b'C' => self.blob::<1>(Value::Bytes),
            0x8e | 0x96 => self.blob::<8>(Value::Bytes),
            // Strings of Python 2, which are texts or bytes.
            b'T' => self.blob::<4>(text_or_bytes),
            b'U' => self.blob::<1>(text_or_bytes),
            other => self.step_container(other),
        }
    }

    /// Executes an instruction for tuples, lists, dicts and sets.
    fn step_container(&mut self, code: u8) -> Result<(), DecodeError> {
        match code {
            b')' => self.push(Value::Tuple(Box::default())),
            b't' => {
                let items = self.since_mark()?;
                self.push(Value::Tuple(items.into()))
            }
            0x85..=0x87 => {
                let n = usize::from(code - 0x84);
                let start = self.stack.len().checked_sub(n).filter(|start| self.bottom() <= *start);
                let items = self.stack.split_off(start.ok_or_else(underflow)?);
                self.charge(ALLOCATION + n * REFERENCE)?;
                self.push(Value::Tuple(items.into()))
            }
            b']' => self.push(Value::List(Vec::new())),
            b'l' => {
                let items = self.since_mark()?;
                self.push(Value::List(items))
            }
            b'a' => {
                let item = self.pop()?;
                self.extend(vec![item])
            }
            b'}' => self.push(Value::Dict(Vec::new())),
            b'd' => {
                let items = self.since_mark()?;
                let pairs = self.pairs(&items)?;
                self.push(Value::Dict(pairs))
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.extend_dict(vec![(key, value)])
            }
            b'u' => {
                let items = self.since_mark()?;
                let pairs = self.pairs(&items)?;
                self.extend_dict(pairs)
            }
            0x8f => self.push(Value::Set(Vec::new())),
            b'e' | 0x90 => {
                let items = self.since_mark()?;
                self.extend(items)
            }
            0x91 => {
                let items = self.since_mark()?;
                self.push(Value::Set(items))
            }
            other => self.step_object(other),
        }
    }

    /// Executes an instruction for classes, functions and their objects.
    fn step_object(&mut self, code: u8) -> Result<(), DecodeError> {
        match code {
            b'c' => {
                let global = self.global()?;
                self.push_id(global)
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let global = self.global_of(module, name)?;
                self.push_id(global)
            }
            b'R' | 0x81 => {
                let (args, function) = (self.pop()?, self.pop()?);
                self.call(function, args, None)
            }
            0x92 => {
                let (named, args, function) = (self.pop()?, self.pop()?, self.pop()?);
                self.call(function, args, Some(named))
            }
            b'i' => {
                let function = self.global()?;
                let items = self.since_mark()?;
                let args = self.add(Value::Tuple(items.into()))?;
                self.call(function, args, None)
            }
            b'o' => {
                let mut items = self.since_mark()?;
                if items.is_empty() {
                    return Err(underflow());
                }
                let function = items.remove(0);
                let args = self.add(Value::Tuple(items.into()))?;
                self.call(function, args, None)
            }
            b'b' => {
                let (state, object) = (self.pop()?, self.top()?);
                self.charge(REFERENCE)?;
                if let Some(Value::Call(call)) = self.values.get_mut(object.index()) {
                    call.states.push(state);
                }
                Ok(())
            }
            b'P' => {
                let line = self.input.line(MAX_LINE)?;
                let blob = self.kept(&line)?;
                let id = self.add(Value::Text(blob))?;
                self.push(Value::Persistent(id))
            }
            b'Q' => {
                let id = self.pop()?;
                self.push(Value::Persistent(id))
            }
            0x82..=0x84 => {
                self.input.take([1, 2, 4][usize::from(code - 0x82)])?;
                self.push(Value::Opaque)
            }
            other => Err(DecodeError::new(format!("0x{other:02x} is not an instruction"))),
        }
    }

    /// Reserves memory.
    fn charge(&mut self, bytes: usize) -> Result<(), DecodeError> {
        self.used += bytes;
        if self.used > self.held {
            self.held = self.used + RESERVED;
            self.reserved.set(self.held as u64)?;
        }
        Ok(())
    }

    /// Adds a value to the list.
    fn add(&mut self, value: Value) -> Result<Id, DecodeError> {
        self.charge(VALUE)?;
        let id = u32::try_from(self.values.len()).map_err(|_| DecodeError::new("too many objects"))?;
        self.values.push(value);
        Ok(Id(id))
    }

    /// Adds a value to the list and to the stack.
    fn push(&mut self, value: Value) -> Result<(), DecodeError> {
        let id = self.add(value)?;
        self.push_id(id)
    }

    fn push_id(&mut self, id: Id) -> Result<(), DecodeError> {
        self.charge(REFERENCE)?;
        self.pushed += 1;
        self.stack.push(id);
        Ok(())
    }

    /// Height of the stack at the last mark.
    fn bottom(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<Id, DecodeError> {
        if self.stack.len() > self.bottom() {
            self.stack.last().copied().ok_or_else(underflow)
        } else {
            Err(underflow())
        }
    }

    fn pop(&mut self) -> Result<Id, DecodeError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// Removes the last mark and everything above it.
    fn since_mark(&mut self) -> Result<Vec<Id>, DecodeError> {
        let mark = self.marks.pop().ok_or_else(|| DecodeError::new("the stack has no mark"))?;
        let items = self.stack.split_off(mark.min(self.stack.len()));
        self.charge(ALLOCATION + items.len() * REFERENCE)?;
        Ok(items)
    }

    fn pairs(&mut self, items: &[Id]) -> Result<Vec<(Id, Id)>, DecodeError> {
        let (pairs, rest) = items.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(DecodeError::new("a key of a dict has no value"));
        }
        self.charge(ALLOCATION + items.len() * REFERENCE)?;
        Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect())
    }

    /// Adds items to the list, the set or the object at the top of the stack.
    fn extend(&mut self, items: Vec<Id>) -> Result<(), DecodeError> {
        self.charge(items.len() * REFERENCE)?;
        let object = self.top()?;
        match self.values.get_mut(object.index()) {
            Some(Value::List(list) | Value::Set(list)) => list.extend(items),
            Some(Value::Call(call)) => call.items.extend(items),
            Some(Value::Opaque) => {}
            _ => return Err(DecodeError::new("items are added to a value that is not a list")),
        }
        Ok(())
    }

    /// Adds pairs to the dict or the object at the top of the stack.
    fn extend_dict(&mut self, pairs: Vec<(Id, Id)>) -> Result<(), DecodeError> {
        self.charge(2 * pairs.len() * REFERENCE)?;
        let object = self.top()?;
        match self.values.get_mut(object.index()) {
            Some(Value::Dict(dict)) => dict.extend(pairs),
            Some(Value::Call(call)) => call.pairs.extend(pairs),
            Some(Value::Opaque) => {}
            _ => return Err(DecodeError::new("items are added to a value that is not a dict")),
        }
        Ok(())
    }

    fn call(&mut self, function: Id, args: Id, named: Option<Id>) -> Result<(), DecodeError> {
        self.charge(size_of::<Call>() + ALLOCATION)?;
        let (states, items, pairs) = (Vec::new(), Vec::new(), Vec::new());
        self.push(Value::Call(Box::new(Call { function, args, named, states, items, pairs })))
    }

    /// Reads the two lines of a name and adds the name to the list.
    fn global(&mut self) -> Result<Id, DecodeError> {
        let mut line = || self.input.line(MAX_LINE).map(|line| String::from_utf8_lossy(&line).into_owned());
        let global = Global { module: line()?, name: line()? };
        self.add_global(global)
    }

    fn global_of(&mut self, module: Id, name: Id) -> Result<Id, DecodeError> {
        let text = |id: Id| match self.values.get(id.index()) {
            Some(Value::Text(Blob { bytes: Some(bytes), .. })) => Ok(String::from_utf8_lossy(bytes).into_owned()),
            _ => Err(DecodeError::new("the name of a class is not a text")),
        };
        let global = Global { module: text(module)?, name: text(name)? };
        self.add_global(global)
    }

    fn add_global(&mut self, global: Global) -> Result<Id, DecodeError> {
        self.charge(size_of::<Global>() + 3 * ALLOCATION + global.module.len() + global.name.len())?;
        self.add(Value::Global(Box::new(global)))
    }

    fn get(&mut self, index: u32) -> Result<(), DecodeError> {
        let id = self.memo.get(&index).copied();
        self.push_id(id.ok_or_else(|| DecodeError::new(format!("object {index} is not defined before")))?)
    }

    fn put(&mut self, index: u32) -> Result<(), DecodeError> {
        self.charge(ALLOCATION)?;
        let top = self.top()?;
        self.memo.insert(index, top);
        Ok(())
    }

    fn number<const N: usize>(&mut self, value: impl Fn([u8; N]) -> i64) -> Result<(), DecodeError> {
        let bytes = self.input.array()?;
        self.push(Value::Int(value(bytes)))
    }

    /// Reads an integer of protocol 0 that is an index.
    fn decimal(&mut self) -> Result<u32, DecodeError> {
        let line = self.input.line(MAX_LINE)?;
        let number = str::from_utf8(&line).ok().and_then(|text| text.trim().parse().ok());
        number.ok_or_else(|| DecodeError::new("an index is malformed"))
    }

    /// Reads an integer of `len` bytes.
    fn long(&mut self, len: u64) -> Result<(), DecodeError> {
        if len > 8 {
            self.input.skip(len)?;
            return self.push(Value::Opaque);
        }
        let bytes = self.input.take(len as usize)?;
        let sign = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
        let mut number = [sign; 8];
        number[..bytes.len()].copy_from_slice(bytes);
        self.push(Value::Int(i64::from_le_bytes(number)))
    }

    /// Reads a length of `N` bytes, and as many bytes.
    fn blob<const N: usize>(&mut self, value: impl Fn(Blob) -> Value) -> Result<(), DecodeError> {
        let mut len = [0; 8];
        len[..N].copy_from_slice(&self.input.array::<N>()?);
        let len = u64::from_le_bytes(len);
        let at = self.input.position();
        let bytes = if len <= MAX_KEPT {
            let bytes = Box::from(self.input.take(len as usize)?);
            self.charge(ALLOCATION + len as usize)?;
            Some(bytes)
        } else {
            self.input.skip(len)?;
            None
        };
        self.push(value(Blob { at, len, bytes }))
    }

    /// Returns a text of protocol 0, whose line was read before.
    fn kept(&mut self, bytes: &[u8]) -> Result<Blob, DecodeError> {
        self.charge(ALLOCATION + bytes.len())?;
        let len = bytes.len() as u64;
        Ok(Blob { at: self.input.position().saturating_sub(len + 1), len, bytes: Some(bytes.into()) })
    }
}

fn text_or_bytes(blob: Blob) -> Value {
    let is_text = blob.bytes.as_deref().is_some_and(|bytes| str::from_utf8(bytes).is_ok());
    if is_text { Value::Text(blob) } else { Value::Bytes(blob) }
}

fn underflow() -> DecodeError {
    DecodeError::new("the stack is empty")
}
