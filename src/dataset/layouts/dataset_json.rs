//! `dataset.json`: what nnU-Net and the Medical Segmentation Decathlon say of a data set.

use crate::base::error::{Error, Result};
use crate::dataset::cohort::Legend;
use crate::dataset::listing::image_stem;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// More bytes than this are no description of a data set: one of 10,000 cases has about 1 MB.
const LONGEST: u64 = 64 << 20;

/// The name of the file.
pub const DESCRIPTION: &str = "dataset.json";

/// The label that scores leave out, by nnU-Net's convention.
pub const IGNORE: &str = "ignore";

/// The label of everything else; its value is 0.
pub const BACKGROUND: &str = "background";

/// What a `dataset.json` says.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetJson {
    /// The name of each channel, in order.
    pub channels: Vec<String>,
    /// What label values mean.
    pub legend: Legend,
    /// How the names of images end (nnU-Net v2).
    pub ending: Option<String>,
    /// Which cases there are.
    pub listed: Listed,
    /// How many training cases it claims.
    pub count: Option<u64>,
}

/// Where the cases are named.
#[derive(Debug, Clone, PartialEq)]
pub enum Listed {
    /// Nowhere: the files in `imagesTr` and `labelsTr` are the cases (nnU-Net v2).
    Nowhere,
    /// A list of an image and a label a case (Decathlon, nnU-Net v1).
    Training(Vec<[String; 2]>),
    /// The images, in the order of the channels, and the label of each case (nnU-Net v2, `dataset`).
    Cases(BTreeMap<String, (Vec<String>, String)>),
}

impl DatasetJson {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read, is no JSON, holds a key twice, or lacks what a data set needs; says which key, what was
    /// wanted and what was found.
    pub fn read(path: &Path) -> Result<Self> {
        let cannot = |e| Error::file(path, "cannot read the description of the data set", e);
        let length = std::fs::metadata(path).map_err(cannot)?.len();
        if length > LONGEST {
            return Err(Error::format(path, format!("wanted a description of at most {LONGEST} bytes, got {length}")));
        }
        Self::parse(&std::fs::read(path).map_err(cannot)?).map_err(|e| e.at(path))
    }

    /// The same from the bytes of the file; errors have no path.
    ///
    /// # Errors
    /// As [`DatasetJson::read`].
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("wanted JSON in UTF-8, got other bytes"))?;
        let text = text.trim_start_matches('\u{feff}');
        let value: Value = serde_json::from_str(text).map_err(|e| wrong(format!("this is no JSON: {e}")))?;
        if let Some(key) = repeated_key(text) {
            return Err(wrong(format!("the key `{key}` stands twice in one object"))
                .help("remove one: readers of JSON differ in which they take"));
        }
        let Value::Object(object) = value else {
            return Err(wrong(format!("wanted an object {{...}}, got {}", shown(&value))));
        };
        let json = DatasetJson {
            channels: channels(&object)?,
            legend: legend(&object)?,
            ending: ending(&object)?,
            listed: listed(&object)?,
            count: object.get("numTraining").and_then(Value::as_u64),
        };
        if let Listed::Cases(cases) = &json.listed {
            let wanted = json.channels.len();
            if let Some((case, (images, _))) = cases.iter().find(|(_, (images, _))| images.len() != wanted) {
                return Err(wrong(format!(
                    "`dataset`: wanted {wanted} images for the case `{case}`, one a channel, got {}",
                    images.len()
                )));
            }
        }
        Ok(json)
    }
}

fn wrong(message: impl Into<String>) -> Error {
    Error::new(crate::base::error::Kind::Format, message)
}

/// The beginning of a value as it stands in the file.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// A key that an object holds twice, in a text that is JSON.
fn repeated_key(text: &str) -> Option<String> {
    let mut open: Vec<BTreeSet<&str>> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}', '"']) {
        let (found, after) = (rest.as_bytes()[at], &rest[at + 1..]);
        rest = after;
        match found {
            b'{' => open.push(BTreeSet::new()),
            b'}' => {
                open.pop();
            }
            _ => {
                let mut escaped = false;
                let end = after.find(|letter| {
                    let ends = letter == '"' && !escaped;
                    escaped = letter == '\\' && !escaped;
                    ends
                })?;
                rest = &after[end + 1..];
                let word = &after[..end];
                if rest.trim_start().starts_with(':') && !open.last_mut()?.insert(word) {
                    return Some(word.to_string());
                }
            }
        }
    }
    None
}

/// The names under `channel_names` or `modality`, whose keys are 0, 1, 2 ...
fn channels(object: &Map<String, Value>) -> Result<Vec<String>> {
    let Some((key, value)) = ["channel_names", "modality"].into_iter().find_map(|k| Some((k, object.get(k)?))) else {
        return Err(wrong("no key `channel_names` (nnU-Net v2) or `modality` (Decathlon, nnU-Net v1)")
            .help("name the channels, such as \"channel_names\": {\"0\": \"T1\"}"));
    };
    let wanted = |got: String| {
        wrong(format!("`{key}`: wanted the name of each channel by its number, such as {{\"0\": \"T1\"}}, got {got}"))
    };
    let Value::Object(names) = value else { return Err(wanted(shown(value))) };
    let mut channels: BTreeMap<usize, String> = BTreeMap::new();
    for (number, name) in names {
        let place = number.trim().parse().map_err(|_| wanted(format!("the key \"{number}\"")))?;
        let name = name.as_str().map(str::trim).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| wanted(format!("{} for channel {number}", shown(&names[number]))))?;
        channels.insert(place, name.to_string());
    }
    match channels.keys().copied().eq(0..names.len()) && !channels.is_empty() {
        true => Ok(channels.into_values().collect()),
        false => {
            let keys: Vec<String> = channels.keys().map(ToString::to_string).collect();
            Err(wanted(format!("the channels [{}]", keys.join(", "))))
        }
    }
}

/// What label values mean. nnU-Net v2 names values (`{"tumor": 1, "whole": [1, 2]}`), Decathlon and nnU-Net v1 give values
/// names (`{"1": "tumor"}`): a key that is no number tells them apart.
fn legend(object: &Map<String, Value>) -> Result<Legend> {
    let help = "write nnU-Net's {\"background\": 0, \"tumor\": 1} or the Decathlon's {\"0\": \"background\", \"1\": \"tumor\"}";
    let Some(labels) = object.get("labels") else { return Err(wrong("no key `labels`").help(help)) };
    let wanted = |message: String| wrong(format!("`labels`: {message}")).help(help);
    let Value::Object(labels) = labels else {
        return Err(wanted(format!("wanted an object of names and values, got {}", shown(labels))));
    };
    let values_have_names =
        labels.keys().all(|key| key.trim().parse::<u16>().is_ok()) && labels.values().any(Value::is_string);
    let mut legend = Legend::default();
    for (key, value) in labels {
        let (name, values) = if values_have_names {
            let Some(name) = value.as_str() else {
                return Err(wanted(format!("wanted a name for the value {key}, got {}", shown(value))));
            };
            (name.trim(), vec![key.trim().parse::<u16>().map_err(|_| wanted(format!("`{key}` is no label value")))?])
        } else {
            let list = match value {
                Value::Array(list) => list.as_slice(),
                single => std::slice::from_ref(single),
            };
            let bad = |value: &Value| {
                wanted(format!("wanted a number from 0 to 65535 for `{key}`, or a list of such, got {}", shown(value)))
            };
            let values: Result<Vec<u16>> = list.iter().map(|v| label_value(v).ok_or_else(|| bad(v))).collect();
            (key.trim(), values.and_then(|values| if values.is_empty() { Err(bad(value)) } else { Ok(values) })?)
        };
        if name.is_empty() {
            return Err(wanted(format!("the value {} has an empty name", shown(value))));
        }
        if values == [0] {
            continue;
        }
        if values.contains(&0) {
            return Err(wanted(format!("the region `{name}` holds the value 0, which is background")));
        }
        if name.eq_ignore_ascii_case(BACKGROUND) {
            return Err(wanted(format!("wanted 0 for `{name}`, got {}", values[0])));
        }
        legend.expected.extend(&values);
        match name {
            IGNORE => legend.ignored.extend(values),
            name => legend.objectives.entry(name.to_string()).or_default().extend(values),
        }
    }
    if legend.objectives.is_empty() {
        return Err(wanted("there is no label but background".into()));
    }
    for list in legend.objectives.values_mut().chain([&mut legend.ignored, &mut legend.expected]) {
        list.sort_unstable();
        list.dedup();
    }
    match legend.objectives.iter().find(|(_, values)| values.iter().any(|value| legend.ignored.contains(value))) {
        Some((name, _)) => {
            Err(wanted(format!("a value is `{IGNORE}` and belongs to `{name}`; wanted one or the other")))
        }
        None => Ok(legend),
    }
}

/// A whole number, also written `1.0` or `"1"`.
fn label_value(value: &Value) -> Option<u16> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok()?,
        other => other.as_f64()?,
    };
    (number.fract() == 0.0 && (0.0..=65535.0).contains(&number)).then_some(number as u16)
}

/// The value of `file_ending`, an ending that images have.
fn ending(object: &Map<String, Value>) -> Result<Option<String>> {
    let Some(value) = object.get("file_ending") else { return Ok(None) };
    let known = |ending: &&str| ending.starts_with('.') && image_stem(&format!("x{ending}")) == Some("x");
    match value.as_str().filter(known) {
        Some(ending) => Ok(Some(ending.to_string())),
        None => Err(wrong(format!("`file_ending`: wanted .nii.gz, .nii or .hdr, got {}", shown(value)))
            .help("other images are not read: convert them to .nii.gz")),
    }
}

/// The cases under `training` or `dataset`.
fn listed(object: &Map<String, Value>) -> Result<Listed> {
    if let Some(cases) = object.get("dataset") {
        let wanted = |got: &Value| {
            wrong(format!(
                "`dataset`: wanted {{\"case\": {{\"images\": [...], \"label\": \"...\"}}}}, got {}",
                shown(got)
            ))
        };
        let cases = cases.as_object().ok_or_else(|| wanted(cases))?;
        let mut listed = BTreeMap::new();
        for (case, value) in cases {
            let images = value.get("images").and_then(Value::as_array).ok_or_else(|| wanted(value))?;
            let images: Option<Vec<&str>> = images.iter().map(Value::as_str).collect();
            let (images, label) =
                images.zip(value.get("label").and_then(Value::as_str)).ok_or_else(|| wanted(value))?;
            listed.insert(case.clone(), (images.into_iter().map(String::from).collect(), label.to_string()));
        }
        return Ok(Listed::Cases(listed));
    }
    if object.contains_key("channel_names") {
        return Ok(Listed::Nowhere);
    }
    let Some(training) = object.get("training") else {
        return Err(wrong("no key `training`, which lists the cases beside `modality`")
            .help("list them as {\"image\": \"./imagesTr/x.nii.gz\", \"label\": \"./labelsTr/x.nii.gz\"}"));
    };
    let wanted = |got: String| {
        wrong(format!("`training`: wanted a list of {{\"image\": \"...\", \"label\": \"...\"}}, got {got}"))
    };
    let entries = training.as_array().ok_or_else(|| wanted(shown(training)))?;
    let pair = |(n, entry): (usize, &Value)| {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).map(String::from);
        let pair = text("image").zip(text("label"));
        pair.map(|(image, label)| [image, label]).ok_or_else(|| wanted(format!("{} as entry {n}", shown(entry))))
    };
    Ok(Listed::Training(entries.iter().enumerate().map(pair).collect::<Result<_>>()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn error(text: &str) -> String {
        DatasetJson::parse(text.as_bytes()).unwrap_err().message().to_string()
    }

    #[test]
    fn both_orders_of_labels_are_told_apart() {
        let v2 = r#"{"channel_names": {"1": "T2", "0": "T1"}, "file_ending": ".nii.gz", "numTraining": 3,
            "labels": {"background": 0, "tumor": 1, "whole": [1, 2], "3": 2.0, "ignore": 7}}"#;
        let json = DatasetJson::parse(v2.as_bytes()).unwrap();
        assert_eq!(
            (json.channels, json.listed, json.count),
            (vec!["T1".into(), "T2".into()], Listed::Nowhere, Some(3))
        );
        assert_eq!(json.legend.objectives["whole"], [1, 2]);
        assert_eq!(json.legend.objectives["3"], [2]);
        assert_eq!((json.legend.ignored, json.legend.expected), (vec![7], vec![1, 2, 7]));
        let decathlon = "\u{feff}{\"modality\": {\"0\": \"MRI\"}, \"labels\": {\"0\": \"background\", \"10\": \"a b\", \"2\": \"c\"},
            \"training\": [{\"image\": \"./imagesTr/x.nii.gz\", \"label\": \"./labelsTr/x.nii.gz\"}]}";
        let json = DatasetJson::parse(decathlon.as_bytes()).unwrap();
        assert_eq!(
            json.legend.objectives.into_iter().collect::<Vec<_>>(),
            [("a b".into(), vec![10]), ("c".into(), vec![2])]
        );
        assert_eq!(json.listed, Listed::Training(vec![["./imagesTr/x.nii.gz".into(), "./labelsTr/x.nii.gz".into()]]));
    }

    #[test]
    fn each_mistake_is_named() {
        let with =
            |channels: &str, labels: &str| error(&format!("{{\"channel_names\": {channels}, \"labels\": {labels}}}"));
        let (c, l) = (r#"{"0": "T1"}"#, r#"{"background": 0, "a": 1}"#);
        assert!(error("[1]").contains("wanted an object {...}, got [1]"));
        assert!(error("{\"labels\": ").contains("this is no JSON: EOF while parsing"));
        assert!(error("{}").contains("no key `channel_names`"));
        assert_eq!(error(&format!("{{\"channel_names\": {c}}}")), "no key `labels`");
        assert!(error(&format!("{{\"modality\": {c}, \"labels\": {l}}}")).contains("no key `training`"));
        assert!(with("[\"T1\"]", l).contains("such as {\"0\": \"T1\"}, got [\"T1\"]"));
        assert!(with("{\"0\": \"T1\", \"2\": \"T2\"}", l).contains("got the channels [0, 2]"));
        assert!(with("{\"T1\": \"0\"}", l).contains("got the key \"T1\""));
        assert!(with("{\"0\": 1}", l).contains("got 1 for channel 0"));
        assert!(
            with(c, "{\"background\": 0, \"a\": \"one\"}")
                .contains("wanted a number from 0 to 65535 for `a`, or a list of such, got \"one\"")
        );
        for bad in ["-1", "1.5", "70000", "null", "[]", "[1, [2]]", "true", "{}"] {
            assert!(with(c, &format!("{{\"background\": 0, \"a\": {bad}}}")).contains("wanted a number"), "{bad}");
        }
        assert!(with(c, "{\"0\": \"background\", \"1\": 2}").contains("wanted a name for the value 1, got 2"));
        assert!(with(c, "{\"background\": 0}").contains("no label but background"));
        assert!(with(c, "{\"background\": 1, \"a\": 2}").contains("wanted 0 for `background`, got 1"));
        assert!(with(c, "{\"a\": [0, 1]}").contains("the region `a` holds the value 0"));
        assert!(with(c, "{\"a\": 1, \"ignore\": 1}").contains("one or the other"));
        assert!(with(c, "{\"a\": 1, \"a\": 2}").contains("the key `a` stands twice"));
        assert!(with(c, "[1]").contains("wanted an object of names and values"));
        let ending = |e: &str| error(&format!("{{\"channel_names\": {c}, \"labels\": {l}, \"file_ending\": {e}}}"));
        for bad in ["\".png\"", "\".mha\"", "\"nii.gz\"", "1"] {
            assert_eq!(ending(bad), format!("`file_ending`: wanted .nii.gz, .nii or .hdr, got {bad}"));
        }
        let training = |t: &str| error(&format!("{{\"modality\": {c}, \"labels\": {l}, \"training\": {t}}}"));
        assert!(training("{}").contains("wanted a list of"));
        assert!(training("[\"imagesTr/x.nii.gz\"]").contains("got \"imagesTr/x.nii.gz\" as entry 0"));
        assert!(error(&format!("{{\"channel_names\": {c}, \"labels\": {l}, \"dataset\": {{\"k\": {{\"images\": [], \"label\": \"x\"}}}}}}"))
            .contains("wanted 1 images for the case `k`, one a channel, got 0"));
        assert!(DatasetJson::parse(b"\xff\xfe{\0").unwrap_err().message().contains("UTF-8"));
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(error(&deep).contains("recursion limit"));
    }

    #[test]
    fn a_key_may_stand_again_in_another_object() {
        assert_eq!(repeated_key(r#"{"a": {"b": "b"}, "b": [{"b": 1}, {"b": "a\": {"}]}"#), None);
        assert_eq!(repeated_key(r#"{"a": {"b": 1, "c": "}", "b": 1}}"#), Some("b".into()));
    }
}
