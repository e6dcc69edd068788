//! Reads the map of options a script gives into Rust values, and keeps what may be given for help and completion.

use super::fault::Fault;
use super::number::{as_number, as_whole, spoken_value, text_or_texts};
use crate::base::params::Range;
use rhai::{Dynamic, Map};

/// An option of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionDoc {
    /// Its key.
    pub name: &'static str,
    /// Its value when it is not given, as scripts write it.
    pub default: String,
    /// What it means, in a few words.
    pub about: &'static str,
    /// The numbers it may be, when that is known: `1 to 64`.
    pub range: String,
    /// The words it may be, when it is one of a few: `"size", "centroid"`.
    pub words: String,
}

impl OptionDoc {
    /// What a person is told whose value was wrong: the default, and the range.
    #[must_use]
    pub fn advice(&self, function: &str) -> String {
        let range = if self.range.is_empty() { String::new() } else { format!(", {}", self.range) };
        format!("{self} by default{range}     (?{function})")
    }

    /// What it means, and its range or its words.
    #[must_use]
    pub fn meaning(&self) -> String {
        let parts = [self.about, &self.range, &self.words];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

impl std::fmt::Display for OptionDoc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} = {}", self.name, self.default)
    }
}

/// Reads one map. Each call names an option, the place it goes to (whose value is the default) and its meaning.
pub struct Reader<'m> {
    function: &'static str,
    map: Option<&'m Map>,
    known: Vec<OptionDoc>,
    ranges: Vec<&'static Range>,
    fault: Option<Fault>,
}

/// Reads `map` by `steps`, which are also run without a map to list the options.
///
/// # Errors
/// Names an option of the wrong type, or one that is not known, with the nearest right one and its default.
pub fn read(function: &'static str, map: &Map, steps: impl FnOnce(&mut Reader)) -> Result<(), Fault> {
    let mut reader = Reader { function, map: Some(map), known: Vec::new(), ranges: Vec::new(), fault: None };
    steps(&mut reader);
    reader.finish()
}

/// The options that `steps` would read.
pub fn list(steps: impl FnOnce(&mut Reader)) -> Vec<OptionDoc> {
    let mut reader = Reader { function: "", map: None, known: Vec::new(), ranges: Vec::new(), fault: None };
    steps(&mut reader);
    reader.known
}

impl Reader<'_> {
    /// The function whose options are read.
    #[must_use]
    pub fn function(&self) -> &'static str {
        self.function
    }

    /// An option of any type: its value if it was given. `default` is shown to people.
    pub fn value(&mut self, name: &'static str, default: impl Into<String>, about: &'static str) -> Option<Dynamic> {
        let range = self.range(name).map_or_else(String::new, ToString::to_string);
        self.known.push(OptionDoc { name, default: default.into(), about, range, words: String::new() });
        self.map?.get(name).cloned()
    }

    /// Names the ranges of the numbers that are read after this; those of a name given before are replaced.
    pub fn ranges(&mut self, ranges: &'static [Range]) {
        self.ranges.splice(0..0, ranges);
    }

    fn range(&self, name: &str) -> Option<&'static Range> {
        self.ranges.iter().copied().find(|range| range.option == name)
    }

    /// Whether a number is one that the option may be; if not, that is noted.
    fn in_range(&mut self, name: &'static str, number: Option<f64>, value: &Dynamic) -> bool {
        let Some(range) = self.range(name).filter(|range| number.is_some_and(|number| !range.holds(number))) else {
            return true;
        };
        self.refuse(name, Fault::argument(range.refusal(value)));
        false
    }

    fn not_whole(&mut self, name: &'static str, value: &Dynamic) {
        let range = self.range(name).map_or_else(|| "0 or more".into(), ToString::to_string);
        self.wrong(name, &format!("a whole number, {range}"), value);
    }

    /// A whole number that is not negative.
    pub fn whole<T: TryFrom<i64> + std::fmt::Display>(
        &mut self,
        name: &'static str,
        place: &mut T,
        about: &'static str,
    ) {
        if let Some(value) = self.value(name, place.to_string(), about)
            && self.in_range(name, as_whole(&value).map(|n| n as f64), &value)
        {
            match as_whole(&value).and_then(|n| T::try_from(n).ok()) {
                Some(n) => *place = n,
                None => self.not_whole(name, &value),
            }
        }
    }

    /// A whole number that may be left out; `unset` says what happens then.
    pub fn maybe_whole<T: TryFrom<i64>>(
        &mut self,
        name: &'static str,
        place: &mut Option<T>,
        unset: &str,
        about: &'static str,
    ) {
        if let Some(value) = self.value(name, unset, about)
            && self.in_range(name, as_whole(&value).map(|n| n as f64), &value)
        {
            match as_whole(&value).and_then(|n| T::try_from(n).ok()) {
                Some(n) => *place = Some(n),
                None => self.not_whole(name, &value),
            }
        }
    }

    /// A number; whole numbers are numbers.
    pub fn number(&mut self, name: &'static str, place: &mut f64, about: &'static str) {
        if let Some(value) = self.value(name, place.to_string(), about)
            && self.in_range(name, as_number(&value), &value)
        {
            match as_number(&value) {
                Some(x) => *place = x,
                None => self.wrong(name, "a number", &value),
            }
        }
    }

    /// A number that may be left out; `unset` says what happens then.
    pub fn maybe_number(&mut self, name: &'static str, place: &mut Option<f64>, unset: &str, about: &'static str) {
        if let Some(value) = self.value(name, unset, about)
            && self.in_range(name, as_number(&value), &value)
        {
            match as_number(&value) {
                Some(x) => *place = Some(x),
                None => self.wrong(name, "a number", &value),
            }
        }
    }

    /// True or false.
    pub fn flag(&mut self, name: &'static str, place: &mut bool, about: &'static str) {
        if let Some(value) = self.value(name, place.to_string(), about) {
            match value.as_bool() {
                Ok(flag) => *place = flag,
                Err(_) => self.wrong(name, "true or false", &value),
            }
        }
    }

    /// True or false, or left out; `unset` says what happens then.
    pub fn maybe_flag(&mut self, name: &'static str, place: &mut Option<bool>, unset: &str, about: &'static str) {
        if let Some(value) = self.value(name, unset, about) {
            match value.as_bool() {
                Ok(flag) => *place = Some(flag),
                Err(_) => self.wrong(name, "true or false", &value),
            }
        }
    }

    /// A text.
    pub fn text(&mut self, name: &'static str, place: &mut String, about: &'static str) {
        if let Some(value) = self.value(name, format!("{place:?}"), about) {
            match value.clone().into_string() {
                Ok(text) => *place = text,
                Err(_) => self.wrong(name, "a text", &value),
            }
        }
    }

    /// A text that may be left out; `unset` says what happens then.
    pub fn maybe_text(&mut self, name: &'static str, place: &mut Option<String>, unset: &str, about: &'static str) {
        if let Some(value) = self.value(name, unset, about) {
            match value.clone().into_string() {
                Ok(text) => *place = Some(text),
                Err(_) => self.wrong(name, "a text", &value),
            }
        }
    }

    /// A text or an array of texts; none of them stands for all.
    pub fn texts(&mut self, name: &'static str, place: &mut Vec<String>, about: &'static str) {
        if let Some(value) = self.value(name, "all", about) {
            match text_or_texts(self.function, name, &value) {
                Ok(texts) => *place = texts,
                Err(_) => self.wrong(name, "a text or an array of texts", &value),
            }
        }
    }

    /// One of a few words.
    pub fn choice<T: Clone + PartialEq>(
        &mut self,
        name: &'static str,
        place: &mut T,
        words: &[(&'static str, T)],
        about: &'static str,
    ) {
        let default = words.iter().find(|(_, meaning)| meaning == place).map_or("", |(word, _)| word);
        let list = words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        let value = self.value(name, format!("{default:?}"), about);
        if let Some(option) = self.known.last_mut() {
            option.words.clone_from(&list);
        }
        let Some(value) = value else { return };
        let Ok(text) = value.clone().into_string() else { return self.wrong(name, &format!("one of {list}"), &value) };
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, meaning)) => *place = meaning.clone(),
            None => {
                let fault = Fault::argument(format!("option `{name}` must be one of {list}, got {text:?}"));
                self.refuse(name, fault.about(&text).did_you_mean_text(&text, words.iter().map(|(word, _)| *word)));
            }
        }
    }

    /// One of a few words, kept as a text.
    pub fn word(&mut self, name: &'static str, place: &mut String, words: &[&'static str], about: &'static str) {
        let mut chosen = words.iter().copied().find(|word| *word == place).unwrap_or_default();
        let words: Vec<(&'static str, &'static str)> = words.iter().map(|word| (*word, *word)).collect();
        self.choice(name, &mut chosen, &words, about);
        chosen.clone_into(place);
    }

    /// The side of a cube, or `[x, y, z]`.
    pub fn shape(&mut self, name: &'static str, place: &mut [usize; 3], about: &'static str) {
        let default =
            if place[0] == place[1] && place[1] == place[2] { place[0].to_string() } else { format!("{place:?}") };
        let mut maybe = None;
        self.maybe_shape(name, &mut maybe, &default, about);
        if let Some(shape) = maybe {
            *place = shape;
        }
    }

    /// The side of a cube, or `[x, y, z]`; `unset` says what happens when it is left out.
    pub fn maybe_shape(
        &mut self,
        name: &'static str,
        place: &mut Option<[usize; 3]>,
        unset: &str,
        about: &'static str,
    ) {
        if let Some(value) = self.value(name, unset, about) {
            match as_shape(&value) {
                Some(shape) => *place = Some(shape),
                None => self.wrong(name, "a whole number above 0 or [x, y, z] of them", &value),
            }
        }
    }

    /// The first thing that is wrong, or all is well.
    ///
    /// # Errors
    /// A wrong type, or an unknown option.
    pub fn finish(self) -> Result<(), Fault> {
        let unknown = self.map.into_iter().flatten().find(|(key, _)| self.known.iter().all(|k| k.name != key.as_str()));
        if let Some((key, _)) = unknown {
            return Err(unknown_option(self.function, key, &self.known));
        }
        self.fault.map_or(Ok(()), Err)
    }

    /// Notes that an option has a value of the wrong sort.
    pub fn wrong(&mut self, name: &'static str, wanted: &str, got: &Dynamic) {
        let message = format!("option `{name}` of {} must be {wanted}, got {}", self.function, spoken_value(got));
        self.refuse(name, Fault::argument(message));
    }

    /// Notes what is wrong with an option, with its default.
    pub fn refuse(&mut self, name: &'static str, fault: Fault) {
        let advice = self.known.iter().find(|k| k.name == name).map(|k| k.advice(self.function).into());
        let fault = Fault { help: fault.help.clone().or(advice), ..fault.about(name) };
        self.fault.get_or_insert(fault);
    }
}

fn unknown_option(function: &str, key: &str, known: &[OptionDoc]) -> Fault {
    let fault = Fault::argument(format!("unknown option `{key}` for {function}"));
    let fault = fault.about(key).did_you_mean(key, known.iter().map(|k| k.name));
    if known.is_empty() {
        return fault.help(format!("{function} has no options"));
    }
    let list = known.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    fault.help(format!("options: {list}     (?{function})"))
}

fn as_shape(value: &Dynamic) -> Option<[usize; 3]> {
    let side = |value: &Dynamic| as_whole(value).and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
    if let Some(n) = side(value) {
        return Some([n; 3]);
    }
    let sides: Vec<usize> = value.as_array_ref().ok()?.iter().map(side).collect::<Option<_>>()?;
    sides.try_into().ok()
}
