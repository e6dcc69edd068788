//! `Figure`: pictures of values.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::charts::shares;
use crate::base::error::Error;
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use crate::io::atomic;
use crate::io::table::Table;
use crate::plot::charts::bars::{Bar, BarSeries, Bars};
use crate::plot::charts::curve::{Boundary, CurvePanel, Curves, Series};
use crate::plot::charts::slice::{SlicePanel, Slices};
use crate::plot::figure::Figure;
use crate::script::environment::Environment;
use crate::script::fault::{Answer, Fault};
use crate::script::number::{as_whole, count};
use crate::script::options::{OptionDoc, Reader, list, read};
use crate::script::show::Show;
use crate::train::model::Model;
use rhai::plugin::*;
use rhai::{Dynamic, Engine, Map, NativeCallContext};
use std::path::Path;

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Figure>("Figure");
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![("plot(Volume)", list(|reader| slice_options(reader, &mut SliceOptions::default())))]
}

impl Show for Figure {
    fn line(&self) -> String {
        format!("Figure  {}", self.describe())
    }
}

/// Which slices of a volume are drawn, with what over them.
#[derive(Default)]
struct SliceOptions {
    slices: Vec<usize>,
    axis: Option<usize>,
    truth: Option<Mask>,
    prediction: Option<Mask>,
    title: String,
}

fn slice_options(reader: &mut Reader, options: &mut SliceOptions) {
    if let Some(value) = reader.value("slice", "the fullest", "which slice, or an array of them") {
        let one = |value: &Dynamic| as_whole(value).and_then(|n| usize::try_from(n).ok());
        let slices = match value.as_array_ref() {
            Ok(array) => array.iter().map(one).collect(),
            Err(_) => one(&value).map(|n| vec![n]),
        };
        match slices {
            Some(slices) => options.slices = slices,
            None => reader.wrong("slice", "a whole number, 0 or more, or an array of them", &value),
        }
    }
    let mut axis = 2;
    reader.whole("axis", &mut axis, "the axis a slice is across: 0, 1 or 2");
    options.axis = Some(axis);
    let mask = |reader: &mut Reader, name: &'static str, about: &'static str, place: &mut Option<Mask>| {
        if let Some(value) = reader.value(name, "none", about) {
            match value.clone().try_cast::<Mask>() {
                Some(mask) => *place = Some(mask),
                None => reader.wrong(name, "a Mask", &value),
            }
        }
    };
    mask(reader, "mask", "a Mask to outline (as `truth`)", &mut options.truth);
    mask(reader, "truth", "a Mask to outline", &mut options.truth);
    mask(reader, "prediction", "a Mask to tint", &mut options.prediction);
    reader.text("title", &mut options.title, "what stands above the figure");
}

fn slices(volume: &Volume, map: &Map) -> Answer<Figure> {
    let mut options = SliceOptions::default();
    read("plot", map, |reader| slice_options(reader, &mut options))?;
    let axis = options.axis.filter(|axis| *axis < 3);
    let axis = axis.ok_or_else(|| Fault::argument("option `axis` of plot must be 0, 1 or 2"))?;
    for mask in options.truth.iter().chain(&options.prediction) {
        volume.geometry().same_grid(mask.geometry(), "the volume", "the mask")?;
    }
    let depth = volume.shape()[axis];
    if options.slices.is_empty() {
        let mask = options.truth.as_ref().or(options.prediction.as_ref());
        options.slices = vec![mask.map_or(depth / 2, |mask| fullest(mask, axis))];
    }
    let panels: Result<Vec<SlicePanel>, Fault> =
        options.slices.iter().map(|&at| panel(volume, &options, axis, at)).collect();
    let figure = Slices { panels: panels?, smooth: true, window: (0.01, 0.99), alike: false }.figure()?;
    Ok(if options.title.is_empty() { figure } else { figure.title(options.title) })
}

/// The slice that holds most voxels of a mask.
pub(super) fn fullest(mask: &Mask, axis: usize) -> usize {
    let [x, y, z] = mask.shape();
    let mut counts = vec![0_usize; mask.shape()[axis]];
    for k in 0..z {
        for j in 0..y {
            for i in 0..x {
                if mask.get(mask.geometry().offset([i, j, k])) {
                    counts[[i, j, k][axis]] += 1;
                }
            }
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    if most == 0 { counts.len() / 2 } else { counts.iter().position(|n| *n == most).unwrap_or(0) }
}

/// A slice across the third axis with the outline of a mask.
pub(super) fn outlined(volume: &Volume, mask: &Mask, at: usize, title: &str) -> Result<SlicePanel, Fault> {
    let options = SliceOptions { truth: Some(mask.clone()), ..SliceOptions::default() };
    Ok(SlicePanel { title: title.to_owned(), ..panel(volume, &options, 2, at)? })
}

fn panel(volume: &Volume, options: &SliceOptions, axis: usize, at: usize) -> Result<SlicePanel, Fault> {
    let shape = volume.shape();
    if at >= shape[axis] {
        let message = format!("option `slice` of plot must be in 0..{}, got {at}", shape[axis]);
        return Err(Fault::argument(message).about(&at.to_string()));
    }
    let (across, up) = [(1, 2), (0, 2), (0, 1)][axis];
    let (columns, rows) = (shape[across], shape[up]);
    // The second axis points up, as it does in an atlas.
    let place = |n: usize| {
        let mut index = [at; 3];
        index[across] = n % columns;
        index[up] = rows - 1 - n / columns;
        volume.geometry().offset(index)
    };
    let inside = |mask: &Mask| (0..columns * rows).map(|n| mask.get(place(n))).collect::<Vec<bool>>();
    let (truth, prediction) = (options.truth.as_ref().map(inside), options.prediction.as_ref().map(inside));
    let caption = match (&options.truth, &options.prediction) {
        (Some(a), Some(b)) => {
            format!("Dice {:.3} (whole volume)", 2.0 * a.overlap(b) as f64 / (a.count() + b.count()) as f64)
        }
        _ => String::new(),
    };
    Ok(SlicePanel {
        title: format!("slice {at} of {}", shape[axis]),
        caption,
        columns,
        rows,
        values: (0..columns * rows).map(|n| volume.voxels()[place(n)]).collect(),
        spacing: (volume.geometry().spacing[across], volume.geometry().spacing[up]),
        truth,
        prediction,
    })
}

/// Scores in a table, as bars: the first column names the groups.
fn bars(table: &Table) -> Answer<Figure> {
    let has = |name: &str| table.columns().iter().any(|column| column == name);
    if ["path", "share", "low", "high", "chosen"].iter().all(|name| has(name)) {
        return Ok(shares(table)?);
    }
    let shown = ["dice", "iou", "zero_shot"];
    let names: Vec<&String> = table.columns().iter().filter(|c| shown.contains(&c.as_str())).collect();
    let first = table.columns().first();
    let (Some(first), false) = (first, names.is_empty()) else {
        let message = format!(
            "plot of a table needs one of the columns dice, iou, zero_shot; it has {}",
            table.columns().join(", ")
        );
        return Err(Fault::argument(message).raise());
    };
    let groups = table.column(first)?.iter().map(crate::io::table::Cell::text).collect();
    let series = names.iter().map(|name| -> Result<BarSeries, Error> {
        let bars = table.numbers(name)?.into_iter().map(|value| Bar { value, ..Bar::default() }).collect();
        Ok(BarSeries {
            name: name.replace("dice", "Dice").replace("iou", "IoU").replace("zero_shot", "Dice, zero-shot"),
            bars,
        })
    });
    let series = series.collect::<Result<Vec<_>, Error>>()?;
    Ok(Bars { groups, series, label: "score, higher is better".into(), decimals: 3 }.figure()?)
}

fn curves(model: &Model) -> Answer<Figure> {
    let mut panels = Vec::new();
    for (label, range) in [("loss", None), ("Dice of the batches", Some((0.0, 1.0)))] {
        let mut series: Vec<Series> = Vec::new();
        for (at, epoch) in model.history().iter().enumerate() {
            if at == 0 || model.history()[at - 1].training != epoch.training {
                let name = model.lineage().get(epoch.training).map_or(String::new(), |training| {
                    let end = training.remark(epoch.epoch, true).map_or(String::new(), |end| format!(", {end}"));
                    format!("{}{end}", training.task)
                });
                series.push(Series { name, points: Vec::new(), dashed: false });
            }
            let value = if label == "loss" { epoch.loss } else { epoch.dice };
            if let Some(last) = series.last_mut() {
                last.points.push(((at + 1) as f64, value));
            }
        }
        panels.push(CurvePanel { label: label.into(), series, range });
    }
    // The epochs whose weights a training went back to.
    let kept = model.history().iter().zip(1_u32..).filter(|(epoch, _)| {
        let training = model.lineage().get(epoch.training);
        training.and_then(|training| training.remark(epoch.epoch, false)) == Some("kept")
    });
    let boundaries = kept.map(|(_, at)| Boundary { at: f64::from(at), name: "kept".into() }).collect();
    Ok(Curves { panels, label: "epoch".into(), boundaries }.figure()?)
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// Bars of the columns `dice`, `iou` and `zero_shot` of a table, or of what `stability` gives.
    ///
    /// # Arguments
    /// - `table`: its first column names the groups
    ///
    /// # Example
    /// ```
    /// plot(table("t").add(#{ a: "scratch", dice: 0.4 }).add(#{ a: "direct", dice: 0.6 })).save("dice.png")
    /// plot(table("t").add(#{ a: 1 }))     // error: plot of a table needs one of the columns dice, iou, zero_shot
    /// ```
    #[rhai_fn(name = "plot", return_raw)]
    pub fn plot_table(table: Table) -> Answer<Figure> {
        bars(&table)
    }

    /// The learning curves of a network, and the epochs whose weights a training went back to.
    ///
    /// # Example
    /// ```
    /// let task = phantom_tasks(#{ cases: 2, size: 12 })["16-T2-NCR"];
    /// plot(train(task, #{ epochs: 2, steps: 1, base: 4, stages: 2 })).save("curve.png")
    /// ```
    #[rhai_fn(name = "plot", return_raw)]
    pub fn plot_model(model: Model) -> Answer<Figure> {
        curves(&model)
    }

    /// The middle slice of a volume.
    ///
    /// # Example
    /// ```
    /// plot(phantom_tasks()[0].case(0).image).save("slice.png")
    /// ```
    #[rhai_fn(name = "plot", return_raw)]
    pub fn plot_volume(volume: Volume) -> Answer<Figure> {
        slices(&volume, &Map::new())
    }

    /// Slices of a volume, with the outline of a mask and the tint of a prediction.
    ///
    /// # Example
    /// ```
    /// let c = phantom_tasks()[0].case(0);
    /// plot(c.image, #{ truth: c.mask, prediction: c.mask, title: "a case" }).save("case.png")
    /// plot(c.image, #{ slice: [4, 8, 12], mask: c.mask }).save("slices.svg")
    /// plot(c.image, #{ slice: 99 })       // error: option `slice` of plot must be in 0..24, got 99
    /// ```
    #[rhai_fn(name = "plot", return_raw)]
    pub fn plot_slices(volume: Volume, options: Map) -> Answer<Figure> {
        slices(&volume, &options)
    }

    /// The same figure with a title.
    ///
    /// # Example
    /// ```
    /// plot(phantom_tasks()[0].case(0).image).title("one case").save("slice.png")
    /// ```
    #[rhai_fn(pure)]
    pub fn title(figure: &mut Figure, text: &str) -> Figure {
        figure.clone().title(text)
    }

    /// The same figure at another size in pixels.
    ///
    /// # Example
    /// ```
    /// plot(phantom_tasks()[0].case(0).image).size(400, 400).save("small.png")
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn size(figure: &mut Figure, width: i64, height: i64) -> Answer<Figure> {
        let side = |name, n| -> Result<u32, Fault> {
            Ok(count("size", name, n).map_err(|e| Fault::argument(e.to_string()))?.try_into().unwrap_or(u32::MAX))
        };
        let figure = figure.clone().size(side("width", width)?, side("height", height)?);
        figure.pixels()?;
        Ok(figure)
    }

    /// Writes the figure; the ending of the name says how: `.png` or `.svg`.
    ///
    /// A letter that DejaVu Sans lacks is written as its code, such as `u+6F22`, in a `.png`; an `.svg` keeps it.
    ///
    /// # Example
    /// ```
    /// plot(phantom_tasks()[0].case(0).image).save("slice.svg")
    /// plot(phantom_tasks()[0].case(0).image).save("slice.gif")        // error: slice.gif: a figure is saved as .png or .svg
    /// ```
    #[rhai_fn(return_raw, pure, volatile)]
    pub fn save(context: NativeCallContext, figure: &mut Figure, path: &str) -> Answer<()> {
        let environment = Environment::of(&context);
        let (path, monitor) = (Path::new(path), environment.monitor());
        let bytes = match path.extension().map(|e| e.to_string_lossy().to_lowercase()).as_deref() {
            Some("png") => figure.png(monitor)?,
            Some("svg") => figure.svg(monitor)?.into_bytes(),
            _ => return Err(Error::argument("a figure is saved as .png or .svg").at(path).into()),
        };
        Ok(atomic::write_bytes(path, &bytes)?)
    }
}
