//! What makes a training the one it is: everything its weights depend on.

use super::sealed::digest;
use crate::base::error::Result;
use crate::base::pages::cast_slice;
use crate::io::key::Key;
use crate::net::unet::UNet;
use crate::train::prepared::Example;
use serde_json::{Map, Value};

/// A change of what a training does with the same input is a new kind.
const KIND: &str = "training 2";

/// Everything a training depends on, by name, in words a person can compare.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity(Map<String, Value>);

impl Identity {
    /// Of these parts.
    #[must_use]
    pub fn new(parts: Value) -> Self {
        match parts {
            Value::Object(parts) => Identity(parts),
            other => Identity(Map::from_iter([("training".to_owned(), other)])),
        }
    }

    /// From the text that [`Identity::text`] gave.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Identity)
    }

    /// As JSON, parts sorted by name.
    #[must_use]
    pub fn text(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// The name of what the training gives.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::of(KIND).text(&self.text()).done()
    }

    /// What differs in another training, as sentences without an end: `lr: 0.01 there, 0.003 here`.
    #[must_use]
    pub fn differences(&self, there: &Identity) -> Vec<String> {
        let mut names: Vec<&String> = self.0.keys().chain(there.0.keys()).collect();
        names.sort();
        names.dedup();
        let differ = names.into_iter().filter(|name| self.0.get(*name) != there.0.get(*name));
        let said = |name: &String| -> Vec<String> {
            let (other, own) = (there.0.get(name), self.0.get(name));
            match name.as_str() {
                "data" => vec!["other images or labels".to_owned()],
                "start" => vec!["another network to begin with".to_owned()],
                "cases" => vec![format!("other cases ({} there, {} here)", count(other), count(own))],
                "network" => {
                    let part = |all: Option<&Value>, name: &str| all.and_then(|all| all.get(name)).cloned();
                    let all = own.and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name);
                    let differ = all.filter(|name| part(other, name) != part(own, name));
                    let texts = |name: &String| [part(other, name), part(own, name)].map(|value| text(value.as_ref()));
                    let said = |[there, here]: [String; 2], name: &str| {
                        format!("network's {name}: {there} there, {here} here")
                    };
                    differ.map(|name| said(texts(name), name)).collect()
                }
                "number" => vec![format!("trainings before it: {} there, {} here", text(other), text(own))],
                "lr" => vec![format!("lr: {} there, {} here (`later_lr` of a later step)", text(other), text(own))],
                _ => vec![format!("{name}: {} there, {} here", text(other), text(own))],
            }
        };
        differ.flat_map(said).collect()
    }
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "none".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn count(list: Option<&Value>) -> usize {
    list.and_then(Value::as_array).map_or(0, Vec::len)
}

/// A hash of a network's weights.
///
/// # Errors
/// Only those of the tensor library.
pub fn of_weights(net: &UNet) -> Result<String> {
    let tensors = net.tensors();
    Ok(digest(Key::of("weights"), tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)))?.done().hex())
}

/// A hash of training cases as the network sees them.
pub fn of_examples<'a>(examples: impl Iterator<Item = &'a Example>) -> String {
    let one = |key: crate::io::key::KeyBuilder, example: &Example| {
        let image = &example.image;
        let key = image.shape.iter().fold(key.text(&example.id), |key, &n| key.number(n as u64));
        key.number(image.left_right as u64).bytes(cast_slice(&image.image)).bytes(&example.label)
    };
    examples.fold(Key::of("examples"), one).done().hex()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_training_of_other_options_is_another() {
        let here = Identity::new(json!({ "lr": 0.003, "data": "ab", "seed": 3 }));
        let there = Identity::read(&Identity::new(json!({ "lr": 0.01, "data": "cd", "seed": 3 })).text()).unwrap();
        assert_eq!(
            here.differences(&there),
            ["other images or labels", "lr: 0.01 there, 0.003 here (`later_lr` of a later step)"]
        );
        assert_ne!(here.key(), there.key());
        assert_eq!(Identity::read(&here.text()).unwrap().key(), here.key());
    }
}
