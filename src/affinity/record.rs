//! An affinity as a folder: a CSV for each matrix, and one JSON with everything else; the values of very many pairs lie beside it.

use super::affinity::Affinity;
use super::matrix::Matrix;
use super::params::{AffinityParams, Distance, Intensity, Pairs};
use super::part::{Member, Members, Part, Values};
use super::reading::Reading;
use crate::base::choice::Choice;
use crate::base::error::{Error, Result};
use crate::base::params::Params;
use crate::dataset::case::{Case, Source};
use crate::dataset::task::{Task, TaskName};
use crate::image::mask::Mask;
use crate::image::volume::Volume;
use crate::io::atomic;
use crate::io::key::Key;
use crate::numeric::pca::Sign;
use serde_json::{Map, Value, json};
use std::path::Path;

/// The file beside the matrices.
const JSON: &str = "affinity.json";

/// Where the record has the hash of everything.
const CHECK: &str = "blake3";

const MATRICES: [&str; 3] = ["image.csv", "label.csv", "cost.csv"];

/// What a reader of this version understands.
const VERSION: u64 = 2;

/// The values of the pairs of more cases than this are not text in the JSON, which would outgrow what tools read, but a file.
const IN_JSON: usize = 2000;

/// Writes `image.csv`, `label.csv`, `cost.csv` and `affinity.json` into a folder, which is made; each file whole or not at all,
/// the JSON last. Where a matrix has more than 2000 cases, the values of its pairs (the lower triangle, row by row) go to
/// `image_values.f64` or `label_values.f64`: little-endian doubles and nothing else.
///
/// # Errors
/// When the folder cannot be made or a file cannot be written.
pub fn save(affinity: &Affinity, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|e| Error::file(folder, "cannot make the folder", e))?;
    affinity.image().save(&folder.join("image.csv"))?;
    affinity.label().save(&folder.join("label.csv"))?;
    affinity.cost().save(&folder.join("cost.csv"))?;
    let tasks = |tasks: &[Task]| -> Vec<Value> { tasks.iter().map(task_json).collect() };
    let mut record = json!({
        "format": "seqtran affinity",
        "version": VERSION,
        "drawn": affinity.drawn(),
        "options": options_json(affinity.params()),
        "label_grid": affinity.label_grid(),
        "sources": tasks(affinity.sources()),
        "targets": tasks(affinity.targets()),
        "image": part_json(affinity.image_part(), "image", folder)?,
        "label": part_json(affinity.label_part(), "label", folder)?,
    });
    record[CHECK] = json!(check(&record, folder)?.hex());
    atomic::write_bytes(&folder.join(JSON), text_of(&record).as_bytes())
}

fn text_of(record: &Value) -> String {
    serde_json::to_string(record).expect("a record has text for its keys")
}

/// The hash of the record, but for the hash itself, and of the files beside it: what was changed must not pass for measured, or it
/// would find its way into everything that is measured after it.
fn check(record: &Value, folder: &Path) -> Result<Key> {
    let mut rest = record.clone();
    rest.as_object_mut().map(|map| map.remove(CHECK));
    let values = ["image", "label"].map(|half| record[half]["values"].as_str());
    let files = MATRICES.into_iter().chain(values.into_iter().flatten());
    let mut key = Key::of("affinity record").text(&text_of(&rest));
    for file in files {
        key = key.text(file).key(&Key::of_file(&folder.join(file))?);
    }
    Ok(key.done())
}

/// Reads what [`save`] wrote. With `tasks`, its tasks are those of the same names among them, with their data, which must not have
/// changed since; without, they have names and case ids only.
///
/// # Errors
/// Names the file that is missing or wrong, the task or the case that is not among `tasks`, or the file that has changed.
pub fn load(folder: &Path, tasks: Option<&[Task]>) -> Result<Affinity> {
    let path = folder.join(JSON);
    let text = std::fs::read_to_string(&path).map_err(|e| Error::file(&path, "cannot read the affinity", e))?;
    let wrong = |what: &str| Error::format(&path, what.to_owned()).help("save the affinity again: a.save(folder)");
    let record: Value = serde_json::from_str(&text).map_err(|e| wrong(&format!("not the JSON of an affinity: {e}")))?;
    if record["format"] != "seqtran affinity" {
        return Err(wrong("not an affinity: its `format` is not \"seqtran affinity\""));
    }
    if record["version"] != VERSION {
        return Err(wrong(&format!("wanted version {VERSION} of the record, got {}", record["version"])));
    }
    let read = || -> Option<_> {
        let list = |name: &str| {
            record[name].as_array()?.iter().map(|task| task_of(task, folder)).collect::<Option<Vec<Task>>>()
        };
        let (sources, targets): (Vec<Task>, Vec<Task>) = (list("sources")?, list("targets")?);
        let label_grid = grid(&record["label_grid"])?;
        Some((sources, targets, label_grid, options(&record["options"])?))
    };
    let (sources, targets, label_grid, params) =
        read().ok_or_else(|| wrong("a part of the record is missing or odd"))?;
    let all: Vec<Task> = sources.iter().chain(&targets).cloned().collect();
    let half = |name: &str, file: &str, row: fn(&TaskName) -> String| {
        let matrix = Matrix::read(&folder.join(file))?;
        let rows =
            rows(&record[name]["rows"]).ok_or_else(|| wrong(&format!("the rows of `{name}` are missing or odd")))?;
        let named = rows.iter().map(|row| &row.name);
        crate::ensure!(
            matrix.rows().iter().eq(named.clone()) && matrix.cols().iter().eq(named),
            "{}: its rows are not those of {JSON}",
            folder.join(file).display()
        );
        let place = |task: &Task| matrix.rows().iter().position(|name| *name == row(task.fields()));
        let of: Option<Vec<usize>> = all.iter().map(place).collect();
        let of = of.ok_or_else(|| wrong(&format!("a task has no row in {file}")))?;
        let values = match &record[name]["values"] {
            Value::Null => None,
            Value::String(file) if *file == values_file(name) => Some(read_values(&folder.join(file))?),
            values => Some(numbers(values).ok_or_else(|| wrong(&format!("the values of `{name}` are not numbers")))?),
        };
        let count: usize = rows.iter().flat_map(|row| &row.cases).map(|case| case.place + 1).max().unwrap_or(0);
        let wanted = count * (count + 1) / 2;
        crate::ensure!(
            values.as_ref().is_none_or(|values| values.len() >= wanted),
            "{}: `{name}` has {} values, wanted {wanted} for {count} cases",
            path.display(),
            values.map_or(0, |values| values.len())
        );
        Ok(Part::recorded(rows, of, matrix, values.map(|values| Values(values.into()))))
    };
    let image = half("image", "image.csv", |name| format!("{}-{}", name.institution, name.modality))?;
    let label = half("label", "label.csv", |name| format!("{}-{}", name.institution, name.objective))?;
    let all = match tasks {
        None => all,
        Some(tasks) => attached(&all, tasks, &image, &label)?,
    };
    let affinity = Affinity::new(all, sources.len(), image, label, label_grid, params.check()?)?
        .with_drawn(record["drawn"] == true);
    let cost = Matrix::read(&folder.join("cost.csv"))?;
    let same = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-12 * (1.0 + a.abs());
    let follows = cost.rows() == affinity.cost().rows()
        && (0..cost.rows().len()).all(|row| cost.row(row).iter().zip(affinity.cost().row(row)).all(same));
    if !follows {
        return Err(Error::format(
            folder.join("cost.csv"),
            "the costs do not follow from image.csv, label.csv and the options",
        )
        .help("a file of the folder was changed: save the affinity again"));
    }
    if record[CHECK].as_str() != Some(check(&record, folder)?.hex().as_str()) {
        return Err(wrong("it, or a file beside it, is not as it was saved: the hash of all of them differs"));
    }
    Ok(affinity)
}

fn task_json(task: &Task) -> Value {
    let TaskName { institution, modality, objective } = task.fields();
    let cases: Vec<Value> = task.cases().iter().map(|case| json!([case.id, case.subject])).collect();
    json!({ "institution": institution, "modality": modality, "objective": objective, "cases": cases })
}

fn task_of(value: &Value, folder: &Path) -> Option<Task> {
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    let fields =
        TaskName { institution: text("institution")?, modality: text("modality")?, objective: text("objective")? };
    let case = |case: &Value| {
        let absent = Absent { folder: folder.display().to_string() };
        Some(Case::new(case[0].as_str()?, absent).of_subject(case[1].as_str()?))
    };
    Some(Task::new(fields, value["cases"].as_array()?.iter().map(case).collect::<Option<_>>()?))
}

/// Where the values of the pairs of a half lie when they are many.
fn values_file(half: &str) -> String {
    format!("{half}_values.f64")
}

fn read_values(path: &Path) -> Result<Vec<f64>> {
    let bytes = std::fs::read(path).map_err(|e| Error::file(path, "cannot read the values of the pairs", e))?;
    let (values, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(Error::format(path, format!("wanted doubles of 8 bytes each, got {} bytes", bytes.len()))
            .help("save the affinity again: a.save(folder)"));
    }
    Ok(values.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect())
}

fn part_json(part: &Part, half: &str, folder: &Path) -> Result<Value> {
    let case = |case: &Member| {
        let content = case.content.map(|key| key.hex());
        json!({ "id": case.id, "subject": case.subject, "origin": case.origin, "blake3": content, "place": case.place })
    };
    let row = |row: &Members| {
        let cases: Vec<Value> = row.cases.iter().map(case).collect();
        json!({ "name": row.name, "institution": row.institution, "cases": cases })
    };
    let rows: Vec<Value> = part.rows().iter().map(row).collect();
    let values = match part.values() {
        Some(Values(values)) if values.len() > IN_JSON * (IN_JSON + 1) / 2 => {
            let file = values_file(half);
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            atomic::write_bytes(&folder.join(&file), &bytes)?;
            json!(file)
        }
        values => json!(values.map(|values| &values.0[..])),
    };
    Ok(json!({ "rows": rows, "values": values }))
}

fn rows(value: &Value) -> Option<Vec<Members>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let case = |value: &Value| {
        let content = match &value["blake3"] {
            Value::Null => None,
            digits => Some(Key::from_hex(digits.as_str()?)?),
        };
        let place = usize::try_from(value["place"].as_u64()?).ok().filter(|&place| place < 1 << 24)?;
        Some(Member {
            id: text(&value["id"])?,
            subject: text(&value["subject"])?,
            origin: text(&value["origin"])?,
            content,
            place,
        })
    };
    let row = |value: &Value| {
        Some(Members {
            name: text(&value["name"])?,
            institution: text(&value["institution"])?,
            cases: value["cases"].as_array()?.iter().map(case).collect::<Option<_>>()?,
        })
    };
    value.as_array()?.iter().map(row).collect()
}

fn numbers(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(Value::as_f64).collect()
}

fn grid(value: &Value) -> Option<[usize; 3]> {
    let list = value.as_array()?.iter().map(|n| usize::try_from(n.as_u64()?).ok()).collect::<Option<Vec<_>>>()?;
    list.try_into().ok()
}

fn options_json(params: &AffinityParams) -> Value {
    let AffinityParams { size, variance, axis, sign, intensity, distance, points, directions, .. } = params;
    let AffinityParams { pairs, cases, seed, k1, k2, label_grid, reading, alpha, beta, .. } = params;
    json!({
        "size": size, "variance": variance, "axis": axis, "sign": sign.name(), "intensity": intensity.name(),
        "distance": distance.name(), "points": points, "directions": directions, "pairs": pairs.name(), "cases": cases,
        "seed": seed,
        "k1": k1, "k2": k2, "label_grid": label_grid, "reading": reading.name(), "alpha": alpha, "beta": beta,
    })
}

fn options(value: &Value) -> Option<AffinityParams> {
    let map: &Map<String, Value> = value.as_object()?;
    let whole = |name: &str| usize::try_from(map.get(name)?.as_u64()?).ok();
    let real = |name: &str| map.get(name)?.as_f64();
    let maybe = |name: &str| map.get(name).is_some_and(|value| !value.is_null());
    fn word<T: Choice>(map: &Map<String, Value>, name: &str) -> Option<T> {
        T::named(name, map.get(name)?.as_str()?).ok()
    }
    Some(AffinityParams {
        size: grid(map.get("size")?)?,
        variance: real("variance")?,
        axis: whole("axis")?,
        sign: word::<Sign>(map, "sign")?,
        intensity: word::<Intensity>(map, "intensity")?,
        distance: word::<Distance>(map, "distance")?,
        points: if maybe("points") { Some(whole("points")?) } else { None },
        directions: if maybe("directions") { Some(whole("directions")?) } else { None },
        pairs: word::<Pairs>(map, "pairs")?,
        cases: if maybe("cases") { Some(whole("cases")?) } else { None },
        seed: if maybe("seed") { Some(map.get("seed")?.as_u64()?) } else { None },
        k1: real("k1")?,
        k2: real("k2")?,
        label_grid: if maybe("label_grid") { Some(grid(map.get("label_grid")?)?) } else { None },
        reading: word::<Reading>(map, "reading")?,
        alpha: if maybe("alpha") { Some(real("alpha")?) } else { None },
        beta: if maybe("beta") { Some(real("beta")?) } else { None },
    })
}

/// The recorded tasks with the data of the tasks given, which must be what was measured.
fn attached(recorded: &[Task], tasks: &[Task], image: &Part, label: &Part) -> Result<Vec<Task>> {
    let attach = |(at, wanted): (usize, &Task)| {
        let name = wanted.name();
        let task = tasks.iter().find(|task| task.fields() == wanted.fields()).ok_or_else(|| {
            Error::data(format!("no task `{name}` among the {} given, but in the affinity", tasks.len()))
                .help("give all tasks that were measured: load_affinity(folder, tasks)")
        })?;
        let case = |wanted: &Case| {
            let case = task.cases().iter().find(|case| case.id == wanted.id).ok_or_else(|| {
                Error::data(format!("task `{name}` has no case `{}`, but the affinity has", wanted.id))
                    .help("was the task measured with more cases, or is a file missing?")
            })?;
            let changed = |half: &Part, now: Option<Key>, what: &str| {
                let member = half.rows()[half.of()[at]].cases.iter().find(|member| member.id == case.id);
                crate::ensure!(
                    member.is_none_or(|member| member.content == now),
                    "the {what} of `{name}`, case `{}`, is not the one that was measured",
                    case.id
                );
                Ok(())
            };
            changed(image, case.source.image_content()?, "image")?;
            changed(label, case.source.mask_content()?, "label")?;
            Ok(case.clone())
        };
        let cases = wanted.cases().iter().map(case).collect::<Result<Vec<_>>>()?;
        Ok(Task::new(task.fields().clone(), cases))
    };
    recorded.iter().enumerate().map(attach).collect()
}

/// The data of a case that only its name is known of.
struct Absent {
    folder: String,
}

impl Absent {
    fn error(&self) -> Error {
        Error::data(format!("the affinity in {} was loaded without its images and labels", self.folder))
            .help("give the tasks it was measured from: load_affinity(folder, tasks)")
    }
}

impl Source for Absent {
    fn image(&self) -> Result<Volume> {
        Err(self.error())
    }

    fn mask(&self) -> Result<Mask> {
        Err(self.error())
    }

    fn image_key(&self) -> String {
        self.folder.clone()
    }

    fn mask_key(&self) -> String {
        self.folder.clone()
    }
}
