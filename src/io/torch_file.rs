//! Files of `torch.save`: a zip archive with a pickle, and the numbers of each storage in an entry of its own.
//!
//! Source: `torch/serialization.py` and `torch/_utils.py`.

use super::pickle::{Id, Pickle, Value};
use super::unpickle::unpickle;
use super::zip::Zip;
use crate::base::error::{Error, Kind, Result};
use crate::base::math::powi;

/// How the pickles of PyTorch before 1.6 begin.
const OLD: &[u8] = &[0x80, 0x02, 0x8a, 0x0a];

/// How deep a tensor may be wrapped.
const WRAPPED: usize = 4;

/// Axes of a tensor, and bytes of a storage's name.
const MOST_AXES: usize = 16;
const LONGEST_KEY: usize = 64;

/// A file of `torch.save`.
#[derive(Debug)]
pub struct TorchFile<'a> {
    zip: Zip<'a>,
    /// What stands before the names of its entries.
    prefix: String,
    pickle: Pickle,
    big_endian: bool,
}

/// A tensor that was not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its shape.
    pub shape: Vec<usize>,
    kind: Number,
    storage: String,
    offset: usize,
    strides: Vec<usize>,
}

impl Stored {
    /// The same numbers with the last three of five axes in another order; other tensors stay as they are.
    #[must_use]
    pub fn turned(mut self, axes: [usize; 3]) -> Self {
        if self.shape.len() == 5 {
            let turned = |all: &[usize]| [&all[..2], &axes.map(|axis| all[2 + axis])].concat();
            (self.shape, self.strides) = (turned(&self.shape), turned(&self.strides));
        }
        self
    }
}

/// How a storage writes a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    F64,
    F32,
    F16,
    B16,
    I64,
    I32,
    I16,
    I8,
    U8,
}

/// Storages by the names of their classes.
const NUMBERS: [(&str, Number, usize); 10] = [
    ("DoubleStorage", Number::F64, 8),
    ("FloatStorage", Number::F32, 4),
    ("HalfStorage", Number::F16, 2),
    ("BFloat16Storage", Number::B16, 2),
    ("LongStorage", Number::I64, 8),
    ("IntStorage", Number::I32, 4),
    ("ShortStorage", Number::I16, 2),
    ("CharStorage", Number::I8, 1),
    ("ByteStorage", Number::U8, 1),
    ("BoolStorage", Number::U8, 1),
];

impl<'a> TorchFile<'a> {
    /// Whether bytes begin as such a file does, an old one among them.
    #[must_use]
    pub fn is(bytes: &[u8]) -> bool {
        Zip::is(bytes) || bytes.starts_with(OLD)
    }

    /// Reads all but the tensors.
    ///
    /// # Errors
    /// The bytes are no such file.
    pub fn open(bytes: &'a [u8]) -> Result<Self> {
        if bytes.starts_with(OLD) {
            return Err(wrong("it has the layout that PyTorch had before 1.6")
                .help("read it with torch.load and save it again with torch.save"));
        }
        let zip = Zip::open(bytes)?;
        let pickles: Vec<&str> = zip.names().filter_map(|name| name.strip_suffix("data.pkl")).collect();
        let [prefix] = pickles[..] else {
            return Err(wrong(format!("wanted one entry `data.pkl`, got {}", pickles.len())));
        };
        let prefix = prefix.to_owned();
        let order = format!("{prefix}byteorder");
        let big_endian = zip.names().any(|name| name == order) && zip.read(&order)? == b"big";
        let pickle = unpickle(zip.read(&format!("{prefix}data.pkl"))?)?;
        Ok(TorchFile { zip, prefix, pickle, big_endian })
    }

    /// What was saved.
    #[must_use]
    pub fn pickle(&self) -> &Pickle {
        &self.pickle
    }

    /// The tensor at a place of the pickle; `None` for anything else.
    ///
    /// # Errors
    /// It is a tensor of a kind we do not know.
    pub fn tensor(&self, id: Id) -> Result<Option<Stored>> {
        let mut at = id;
        for _ in 0..WRAPPED {
            match self.pickle.call(at) {
                Some(("torch._utils", "_rebuild_tensor_v2", arguments)) => return self.rebuilt(arguments).map(Some),
                Some(("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state", [inner, ..])) => {
                    at = *inner
                }
                Some((module, name, _)) if module.starts_with("torch") && name.starts_with("_rebuild") => {
                    return Err(wrong(format!("a tensor is built by {module}.{name}, which is not known")));
                }
                _ => break,
            }
        }
        Ok(None)
    }

    fn rebuilt(&self, arguments: &[Id]) -> Result<Stored> {
        let stored = || {
            let [storage, offset, shape, strides, ..] = *arguments else { return None };
            let Value::Persistent(storage) = *self.pickle.value(storage) else { return None };
            let [_, class, key, ..] = *self.pickle.items(storage)? else { return None };
            let Value::Global(_, class) = self.pickle.value(class) else { return None };
            let &(_, kind, _) = NUMBERS.iter().find(|(name, ..)| name == class)?;
            if self.pickle.items(shape)?.len() > MOST_AXES {
                return None;
            }
            let shape = self.pickle.wholes(shape)?;
            let strides = self.pickle.items(strides).filter(|items| items.len() == shape.len())?;
            let strides = strides.iter().map(|&item| self.pickle.whole(item)).collect::<Option<Vec<usize>>>()?;
            let offset = self.pickle.whole(offset)?;
            let storage = self.pickle.text(key).filter(|key| key.len() <= LONGEST_KEY)?.to_owned();
            Some(Stored { shape, kind, storage, offset, strides })
        };
        stored()
            .ok_or_else(|| wrong("a tensor lacks its numbers, type, shape or strides, or has them of an unknown kind"))
    }

    /// A tensor's numbers, the last axis running fastest.
    ///
    /// # Errors
    /// Its storage is missing or shorter than the tensor.
    pub fn values(&self, tensor: &Stored) -> Result<Vec<f32>> {
        let bytes = self.zip.read(&format!("{}data/{}", self.prefix, tensor.storage))?;
        let width = NUMBERS.iter().find(|(_, kind, _)| *kind == tensor.kind).map_or(1, |(.., width)| *width);
        let held = bytes.len() / width;
        let fits = || {
            // A stride of 0 makes many numbers of one: no parameter has it.
            let count = tensor.shape.iter().try_fold(1_usize, |n, &length| n.checked_mul(length))?;
            let mut last = tensor.offset;
            for (&length, &stride) in tensor.shape.iter().zip(&tensor.strides) {
                last = last.checked_add(length.saturating_sub(1).checked_mul(stride)?)?;
            }
            (count == 0 || (count <= held && last < held)).then_some(count)
        };
        let Stored { shape, strides, offset, storage, .. } = tensor;
        let count = fits().ok_or_else(|| {
            wrong(format!(
                "a tensor of {shape:?} at {offset} with strides {strides:?} is not inside storage {storage} of {held} numbers"
            ))
        })?;
        let mut values = Vec::with_capacity(count);
        let mut index = vec![0; shape.len()];
        for _ in 0..count {
            let at: usize = offset + index.iter().zip(strides).map(|(i, stride)| i * stride).sum::<usize>();
            values.push(number(tensor.kind, &bytes[at * width..(at + 1) * width], self.big_endian));
            for axis in (0..shape.len()).rev() {
                index[axis] += 1;
                if index[axis] < shape[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        Ok(values)
    }
}

fn wrong(what: impl std::fmt::Display) -> Error {
    Error::new(Kind::Format, format!("not a usable file of torch.save: {what}"))
        .help("the file is damaged or of another kind")
}

fn number(kind: Number, bytes: &[u8], big_endian: bool) -> f32 {
    let push = |bits: u64, byte: &u8| bits << 8 | u64::from(*byte);
    let bits = if big_endian { bytes.iter().fold(0, push) } else { bytes.iter().rev().fold(0, push) };
    match kind {
        Number::F64 => f64::from_bits(bits) as f32,
        Number::F32 => f32::from_bits(bits as u32),
        Number::B16 => f32::from_bits((bits as u32) << 16),
        Number::F16 => half(bits as u16),
        Number::I64 => bits as i64 as f32,
        Number::I32 => bits as u32 as i32 as f32,
        Number::I16 => f32::from(bits as u16 as i16),
        Number::I8 => f32::from(bits as u8 as i8),
        Number::U8 => f32::from(bits as u8),
    }
}

/// A number of 16 bits: sign, 5 of the exponent, 10 of the fraction.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    sign * match exponent {
        0 => fraction * powi(2.0, -24) as f32,
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * powi(2.0, exponent - 15) as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_storage_are_read_in_both_byte_orders() {
        for (kind, bytes, wanted) in [
            (Number::F64, 1.5_f64.to_le_bytes().to_vec(), 1.5),
            (Number::F32, (-0.1_f32).to_le_bytes().to_vec(), -0.1),
            (Number::B16, vec![0xc0, 0x3f], 1.5),
            (Number::F16, vec![0x00, 0x3c], 1.0),
            (Number::F16, vec![0x00, 0xc0], -2.0),
            (Number::F16, vec![0xff, 0x7b], 65504.0),
            (Number::F16, vec![0x01, 0x00], 1.0 / 16_777_216.0),
            (Number::F16, vec![0x00, 0xfc], f32::NEG_INFINITY),
            (Number::I64, (-3_i64).to_le_bytes().to_vec(), -3.0),
            (Number::I32, (-70_000_i32).to_le_bytes().to_vec(), -70_000.0),
            (Number::I16, (-300_i16).to_le_bytes().to_vec(), -300.0),
            (Number::I8, vec![0x80], -128.0),
            (Number::U8, vec![0x80], 128.0),
        ] {
            let mut reversed = bytes.clone();
            reversed.reverse();
            assert_eq!((number(kind, &bytes, false), number(kind, &reversed, true)), (wanted, wanted), "{kind:?}");
        }
        assert!(number(Number::F16, &[0x01, 0x7c], false).is_nan());
    }
}
