//! Values of Python's pickles, as data: what they would have run is kept as words.
//!
//! Values stand in one list and name each other by place, so that a value may hold itself, and dropping one does not recurse.

/// The place of a value.
pub type Id = usize;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number of 64 bits.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list or a set.
    List(Vec<Id>),
    /// A tuple.
    Tuple(Vec<Id>),
    /// A dictionary, in its order.
    Dict(Vec<(Id, Id)>),
    /// A function or class: its module and name.
    Global(String, String),
    /// What a call of `function` would give.
    Call {
        /// What would be called.
        function: Id,
        /// With what: a tuple.
        arguments: Id,
    },
    /// What the pickle's user keeps elsewhere.
    Persistent(Id),
    /// Anything else.
    Opaque,
}

/// A pickle that was read.
#[derive(Debug, Clone)]
pub struct Pickle {
    values: Vec<Value>,
    root: Id,
}

impl Pickle {
    /// Values and the place of the one that was pickled.
    #[must_use]
    pub(super) fn new(values: Vec<Value>, root: Id) -> Self {
        Pickle { values, root }
    }

    /// The value that was pickled.
    #[must_use]
    pub fn root(&self) -> Id {
        self.root
    }

    /// The value at a place.
    #[must_use]
    pub fn value(&self, id: Id) -> &Value {
        &self.values[id]
    }

    /// What a dictionary has under a name.
    #[must_use]
    pub fn get(&self, dict: Id, name: &str) -> Option<Id> {
        let Value::Dict(items) = self.value(dict) else { return None };
        items.iter().rev().find(|(key, _)| self.text(*key) == Some(name)).map(|&(_, value)| value)
    }

    /// A text.
    #[must_use]
    pub fn text(&self, id: Id) -> Option<&str> {
        if let Value::Text(text) = self.value(id) { Some(text) } else { None }
    }

    /// A whole number of at least 0.
    #[must_use]
    pub fn whole(&self, id: Id) -> Option<usize> {
        if let Value::Int(n) = self.value(id) { usize::try_from(*n).ok() } else { None }
    }

    /// A number.
    #[must_use]
    pub fn real(&self, id: Id) -> Option<f64> {
        match self.value(id) {
            Value::Float(number) => Some(*number),
            _ => self.whole(id).map(|number| number as f64),
        }
    }

    /// Items of a list or tuple.
    #[must_use]
    pub fn items(&self, id: Id) -> Option<&[Id]> {
        if let Value::List(items) | Value::Tuple(items) = self.value(id) { Some(items) } else { None }
    }

    /// Whole numbers of a list or tuple.
    #[must_use]
    pub fn wholes(&self, id: Id) -> Option<Vec<usize>> {
        self.items(id)?.iter().map(|&item| self.whole(item)).collect()
    }

    /// Module, name and arguments of a call.
    #[must_use]
    pub fn call(&self, id: Id) -> Option<(&str, &str, &[Id])> {
        let Value::Call { function, arguments } = self.value(id) else { return None };
        let Value::Global(module, name) = self.value(*function) else { return None };
        Some((module, name, self.items(*arguments)?))
    }
}
