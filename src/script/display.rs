//! Any script value as text.

use super::bindings::graph::{Clusters, Graph};
use super::bindings::path::Path;
use super::bindings::samples::Samples;
use super::bindings::table::Groups;
use super::fault::Fault;
use super::show::{self, Room, Show, WHOLE};
use crate::affinity::affinity::Affinity;
use crate::affinity::matrix::Matrix;
use crate::affinity::tuning::Tuning;
use crate::dataset::case::Case;
use crate::dataset::task::Task;
use crate::dataset::tasks::Tasks;
use crate::experiment::run::Run;
use crate::image::labels::Labels;
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use crate::io::table::Table;
use crate::plot::figure::Figure;
use crate::train::model::Model;
use crate::train::planner::NetworkPlan;
use crate::train::scores::Scores;
use rhai::{Dynamic, FnPtr};

/// One type's way to be shown: line or block, if the value is of that type.
type Way = fn(&Dynamic, Option<Room>) -> Option<String>;

fn way<T: Show + Clone + Send + Sync + 'static>(value: &Dynamic, room: Option<Room>) -> Option<String> {
    let value = value.read_lock::<T>()?;
    Some(room.map_or_else(|| value.line(), |room| value.block(room.width)))
}

/// Of a type whose block is a table.
fn wide<T: Show + Clone + Send + Sync + 'static>(value: &Dynamic, room: Option<Room>) -> Option<String> {
    way::<T>(value, room.map(|room| if room.whole { Room { width: WHOLE, ..room } } else { room }))
}

/// Every type of ours.
const WAYS: &[Way] = &[
    way::<Fault>,
    way::<Volume>,
    way::<Labels>,
    way::<Mask>,
    way::<Case>,
    way::<Task>,
    wide::<Tasks>,
    way::<Samples>,
    wide::<Matrix>,
    way::<Affinity>,
    way::<Tuning>,
    way::<Graph>,
    wide::<Clusters>,
    way::<Path>,
    way::<NetworkPlan>,
    way::<Model>,
    way::<Scores>,
    way::<Run>,
    way::<Figure>,
    wide::<Table>,
    way::<Groups>,
];

/// Elements of an array, or keys of a map, that a block shows.
const MOST: usize = 24;

impl Show for Fault {
    fn line(&self) -> String {
        self.to_string()
    }
}

/// The value in one line, as it stands in an array or a map.
#[must_use]
pub fn line(value: &Dynamic) -> String {
    if let Some(text) = WAYS.iter().find_map(|way| way(value, None)) {
        return text;
    }
    if let Ok(array) = value.as_array_ref() {
        return format!("[{}]", show::elided(&array.iter().map(line).collect::<Vec<_>>(), 72));
    }
    if let Ok(map) = value.as_map_ref() {
        let items: Vec<String> = map.iter().map(|(key, value)| format!("{key}: {}", line(value))).collect();
        return format!("#{{ {} }}", show::elided(&items, 72));
    }
    if let Ok(text) = value.as_immutable_string_ref() {
        return format!("{:?}", text.as_str());
    }
    if value.is_unit() { "()".into() } else { scalar(value) }
}

/// The value as `print` writes it, and as a cell shows it.
#[must_use]
pub fn block(value: &Dynamic, room: Room) -> String {
    let width = room.width;
    if let Some(text) = WAYS.iter().find_map(|way| way(value, Some(room))) {
        return text;
    }
    if let Ok(array) = value.as_array_ref() {
        let items: Vec<String> = array.iter().map(line).collect();
        let flat = format!("[{}]", items.join(", "));
        if flat.chars().count() <= width {
            return flat;
        }
        if array.iter().all(|v| v.is_int() || v.is_float() || v.is_bool() || v.is_string()) {
            return format!("[{}]   ({})", show::elided(&items, width * 2), show::plural(items.len(), "element"));
        }
        return lines("[", items, "]");
    }
    if let Ok(map) = value.as_map_ref() {
        let items: Vec<String> = map.iter().map(|(key, value)| format!("{key}: {}", line(value))).collect();
        let flat = format!("#{{ {} }}", items.join(", "));
        return if flat.chars().count() <= width { flat } else { lines("#{", items, "}") };
    }
    if let Ok(text) = value.as_immutable_string_ref() {
        return text.to_string();
    }
    scalar(value)
}

fn lines(open: &str, items: Vec<String>, close: &str) -> String {
    let hidden = items.len().saturating_sub(MOST);
    let head = if hidden == 0 { items.len() } else { MOST.div_ceil(2) };
    let mut text = open.to_string();
    for item in &items[..head] {
        text += &format!("\n  {item},");
    }
    if hidden > 0 {
        text += &format!("\n  ... {hidden} more of {} ...", items.len());
        for item in &items[head + hidden..] {
            text += &format!("\n  {item},");
        }
    }
    text + "\n" + close
}

fn scalar(value: &Dynamic) -> String {
    if let Some(function) = value.read_lock::<FnPtr>() {
        let name = function.fn_name();
        return if name.starts_with("anon$") { "a function |..| ..".into() } else { format!("the function {name}") };
    }
    value.to_string()
}
