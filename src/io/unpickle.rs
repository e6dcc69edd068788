//! Reading Python's pickles. Nothing is run: a call stays a call.
//!
//! Source: `pickletools` of CPython, protocols 2 to 5.

use super::pickle::{Id, Pickle, Value};
use crate::base::error::{Error, Kind, Result};
use std::collections::BTreeMap;

/// Bytes and values that a pickle may have; a checkpoint's weights are not in it.
const LONGEST: usize = 16 << 20;
const MOST_VALUES: usize = 2 << 20;

/// Bytes of a module's or function's name.
const LONGEST_WORD: usize = 256;

/// Reads a pickle.
///
/// # Errors
/// The bytes are no pickle of protocol 2 to 5, or are cut off, or far too large.
pub fn unpickle(bytes: &[u8]) -> Result<Pickle> {
    if bytes.len() > LONGEST {
        return Err(wrong(format!("it has {} bytes, wanted at most {LONGEST}", bytes.len())));
    }
    let values = vec![Value::None, Value::Bool(false), Value::Bool(true)];
    let mut machine = Machine { bytes, at: 0, values, stack: Vec::new(), marks: Vec::new(), memo: BTreeMap::new() };
    match machine.run() {
        Ok(root) => Ok(Pickle::new(machine.values, root)),
        Err(error) => Err(error.during(format_args!("byte {}", machine.at))),
    }
}

fn wrong(what: impl std::fmt::Display) -> Error {
    Error::new(Kind::Format, format!("not a usable pickle: {what}")).help("the file is damaged or cut off")
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<Value>,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: BTreeMap<u64, Id>,
}

impl Machine<'_> {
    fn run(&mut self) -> Result<Id> {
        loop {
            match self.byte()? {
                b'.' => return self.pop(),
                0x80 => match self.byte()? {
                    2..=5 => (),
                    protocol => return Err(wrong(format!("it has protocol {protocol}, wanted 2 to 5"))),
                },
                // A frame says how much follows; we have it all.
                0x95 => drop(self.take(8)?),
                b'(' => self.marks.push(self.stack.len()),
                b'0' => drop(self.pop()?),
                b'1' => drop(self.marked()?),
                b'2' => {
                    let top = self.top()?;
                    self.stack.push(top);
                }
                b'N' => self.stack.push(0),
                0x89 => self.stack.push(1),
                0x88 => self.stack.push(2),
                b'J' => {
                    let n = self.number(4)? as u32 as i32;
                    self.push(Value::Int(n.into()))?;
                }
                code @ (b'K' | b'M') => {
                    let n = self.number(if code == b'K' { 1 } else { 2 })?;
                    self.push(Value::Int(n as i64))?;
                }
                code @ (0x8a | 0x8b) => {
                    let bytes = self.counted(if code == 0x8a { 1 } else { 4 })?;
                    let value = long(bytes);
                    self.push(value)?;
                }
                b'G' => {
                    let bits = self.take(8)?.iter().fold(0, |bits: u64, byte| bits << 8 | u64::from(*byte));
                    self.push(Value::Float(f64::from_bits(bits)))?;
                }
                code @ (b'X' | 0x8c | 0x8d | b'T' | b'U') => {
                    let bytes = self.counted(width(code))?;
                    // Texts of Python 2 and lone surrogates: nothing we look for.
                    let text = String::from_utf8_lossy(bytes).into_owned();
                    self.push(Value::Text(text))?;
                }
                code @ (b'C' | b'B' | 0x8e | 0x96) => {
                    let bytes = self.counted(width(code))?.to_vec();
                    self.push(Value::Bytes(bytes))?;
                }
                b']' | 0x8f => self.push(Value::List(Vec::new()))?,
                b')' => self.push(Value::Tuple(Vec::new()))?,
                b'}' => self.push(Value::Dict(Vec::new()))?,
                b'a' => {
                    let item = self.pop()?;
                    self.extend(vec![item])?;
                }
                b'e' | 0x90 => {
                    let items = self.marked()?;
                    self.extend(items)?;
                }
                b'l' | 0x91 => {
                    let items = self.marked()?;
                    self.push(Value::List(items))?;
                }
                b't' => {
                    let items = self.marked()?;
                    self.push(Value::Tuple(items))?;
                }
                code @ 0x85..=0x87 => {
                    let items = self.popped(usize::from(code) - 0x84)?;
                    self.push(Value::Tuple(items))?;
                }
                b'd' => {
                    let items = self.marked()?;
                    self.push(Value::Dict(pairs(&items)?))?;
                }
                b's' => {
                    let items = self.popped(2)?;
                    self.set(&items)?;
                }
                b'u' => {
                    let items = self.marked()?;
                    self.set(&items)?;
                }
                b'c' => {
                    let (module, name) = (self.line()?, self.line()?);
                    self.push(Value::Global(module, name))?;
                }
                0x93 => {
                    let items = self.popped(2)?;
                    let words = [items[0], items[1]].map(|id| self.word(id));
                    let [module, name] = words;
                    self.push(Value::Global(module?, name?))?;
                }
                b'R' | 0x81 => {
                    let items = self.popped(2)?;
                    self.call(items[0], items[1])?;
                }
                0x92 => {
                    let items = self.popped(3)?;
                    self.call(items[0], items[1])?;
                }
                // The state of an object we keep no more of than how it was made.
                b'b' => drop((self.pop()?, self.top()?)),
                code @ (b'h' | b'j') => {
                    let key = self.number(if code == b'h' { 1 } else { 4 })?;
                    let id = *self.memo.get(&key).ok_or_else(|| wrong(format!("nothing was remembered as {key}")))?;
                    self.stack.push(id);
                }
                code @ (b'q' | b'r') => {
                    let key = self.number(if code == b'q' { 1 } else { 4 })?;
                    let top = self.top()?;
                    self.memo.insert(key, top);
                }
                0x94 => {
                    let top = self.top()?;
                    self.memo.insert(self.memo.len() as u64, top);
                }
                b'Q' => {
                    let id = self.pop()?;
                    self.push(Value::Persistent(id))?;
                }
                code => return Err(wrong(format!("code {code:#04x} is none that PyTorch writes"))),
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<&[u8]> {
        let end = self.at.checked_add(length).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or_else(|| wrong(format!("it ends where {length} more bytes are wanted")))?;
        let part = &self.bytes[self.at..end];
        self.at = end;
        Ok(part)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// A whole number of at most 8 bytes, the least first.
    fn number(&mut self, width: usize) -> Result<u64> {
        Ok(self.take(width)?.iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    /// Bytes behind their number.
    fn counted(&mut self, width: usize) -> Result<&[u8]> {
        let length = self.number(width)?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn line(&mut self) -> Result<String> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'\n').ok_or_else(|| wrong("a line without an end"))?;
        self.at += length + 1;
        Ok(String::from_utf8_lossy(&rest[..length]).into_owned())
    }

    fn push(&mut self, value: Value) -> Result<()> {
        if self.values.len() >= MOST_VALUES {
            return Err(wrong(format!("it has more than {MOST_VALUES} values")));
        }
        self.stack.push(self.values.len());
        self.values.push(value);
        Ok(())
    }

    /// The lowest place on the stack that may be taken: what stands under a mark is another value's.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<Id> {
        self.stack[self.floor().min(self.stack.len())..].last().copied().ok_or_else(|| wrong("a value is wanted"))
    }

    fn pop(&mut self) -> Result<Id> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn popped(&mut self, count: usize) -> Result<Vec<Id>> {
        let at = self.stack.len().checked_sub(count).filter(|&at| at >= self.floor());
        Ok(self.stack.split_off(at.ok_or_else(|| wrong(format!("{count} values are wanted")))?))
    }

    /// All values above the last mark.
    fn marked(&mut self) -> Result<Vec<Id>> {
        let mark = self.marks.pop().ok_or_else(|| wrong("a mark is wanted"))?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn word(&self, id: Id) -> Result<String> {
        match &self.values[id] {
            Value::Text(text) if text.len() <= LONGEST_WORD => Ok(text.clone()),
            _ => Err(wrong("a name is wanted")),
        }
    }

    /// Adds items to the list on top; what another object takes is left out.
    fn extend(&mut self, items: Vec<Id>) -> Result<()> {
        let top = self.top()?;
        if let Value::List(list) = &mut self.values[top] {
            list.extend(items);
        }
        Ok(())
    }

    /// Adds keys and values to the dictionary on top.
    fn set(&mut self, items: &[Id]) -> Result<()> {
        let (pairs, top) = (pairs(items)?, self.top()?);
        if let Value::Dict(dict) = &mut self.values[top] {
            dict.extend(pairs);
        }
        Ok(())
    }

    fn call(&mut self, function: Id, arguments: Id) -> Result<()> {
        let dict = matches!(&self.values[function], Value::Global(module, name)
            if module == "collections" && ["OrderedDict", "defaultdict"].contains(&name.as_str()));
        self.push(if dict { Value::Dict(Vec::new()) } else { Value::Call { function, arguments } })
    }
}

fn pairs(items: &[Id]) -> Result<Vec<(Id, Id)>> {
    let (pairs, rest) = items.as_chunks::<2>();
    if rest.is_empty() {
        Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
    } else {
        Err(wrong("a key without a value"))
    }
}

/// How wide the length is that stands before bytes or text.
fn width(code: u8) -> usize {
    match code {
        b'U' | b'C' | 0x8c => 1,
        b'X' | b'T' | b'B' => 4,
        _ => 8,
    }
}

/// A whole number of any length, the least byte first; one of more than 64 bits is nothing we look for.
fn long(bytes: &[u8]) -> Value {
    if bytes.len() > 8 {
        return Value::Opaque;
    }
    let negative = bytes.last().is_some_and(|byte| *byte > 127);
    let fill = if negative { u64::MAX } else { 0 };
    Value::Int(bytes.iter().rev().fold(fill, |n, byte| n << 8 | u64::from(*byte)) as i64)
}
