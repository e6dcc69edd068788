//! `Table`: named columns and rows, made by hand, read from CSV, or given by a comparison.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::io::table::{Cell, Table};
use crate::numeric::statistics;
use crate::script::fault::{Answer, Fault};
use crate::script::number::{text_or_texts, texts, wrong};
use crate::script::show::{Show, WHOLE, plural};
use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, FnPtr, Map, NativeCallContext};
use std::path::Path;

/// Rows with equal cells in some columns, on the way to one number each.
#[derive(Clone)]
pub struct Groups {
    table: Table,
    by: Vec<String>,
}

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Table>("Table");
    engine.register_type_with_name::<Groups>("Groups");
    engine.register_global_module(exported_module!(verbs).into());
}

impl Show for Table {
    fn line(&self) -> String {
        let name = if self.name().is_empty() { String::new() } else { format!("  {}", self.name()) };
        format!("Table{name}  {}, {}", plural(self.len(), "row"), plural(self.columns().len(), "column"))
    }

    fn block(&self, width: usize) -> String {
        if self.is_empty() { self.line() } else { self.render(width, if width >= WHOLE { usize::MAX } else { 24 }) }
    }
}

impl Show for Groups {
    fn line(&self) -> String {
        format!("Groups by {}   ({})", self.by.join(", "), self.table.line())
    }
}

/// What a script value is in a table.
#[must_use]
pub fn cell(value: &Dynamic) -> Cell {
    if value.is_unit() {
        Cell::Empty
    } else if let Ok(n) = value.as_int() {
        Cell::Whole(n)
    } else if let Ok(x) = value.as_float() {
        Cell::Number(x)
    } else if let Ok(text) = value.clone().into_string() {
        Cell::Text(text)
    } else {
        Cell::Text(value.to_string())
    }
}

/// What a cell is in a script.
pub fn value(cell: &Cell) -> Dynamic {
    match cell {
        Cell::Text(text) => text.clone().into(),
        Cell::Number(x) => (*x).into(),
        Cell::Whole(n) => (*n).into(),
        Cell::Empty => Dynamic::UNIT,
    }
}

fn row(table: &Table, cells: &[Cell]) -> Map {
    table.columns().iter().zip(cells).map(|(name, cell)| (name.as_str().into(), value(cell))).collect()
}

fn reduced(groups: &Groups, column: &str, reduce: fn(&[f64]) -> f64) -> Answer<Table> {
    let by: Vec<&str> = groups.by.iter().map(String::as_str).collect();
    Ok(groups.table.group(&by, column, reduce)?)
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// An empty table with a name.
    ///
    /// # Example
    /// ```
    /// table("results").add(#{ lr: 0.1, dice: 0.8 }).len       // => 1
    /// ```
    pub fn table(name: &str) -> Table {
        Table::default().named(name)
    }

    /// An empty table with a name and its columns in order.
    ///
    /// # Example
    /// ```
    /// table("cases", ["case", "institution"]).columns         // => ["case", "institution"]
    /// ```
    #[rhai_fn(name = "table", return_raw)]
    pub fn table_of_columns(name: &str, columns: Array) -> Answer<Table> {
        Ok(Table::new(texts("table", "columns", &columns)?).named(name))
    }

    /// Reads a CSV file with a heading; numbers become numbers.
    ///
    /// # Example
    /// ```
    /// table("t").add(#{ a: 1, b: "x" }).save("t.csv");
    /// read_csv("t.csv").rows          // => [#{ a: 1, b: "x" }]
    /// read_csv("nowhere.csv")         // error: nowhere.csv:
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn read_csv(path: &str) -> Answer<Table> {
        Ok(Table::read_csv(Path::new(path))?)
    }

    /// The table with one more row; a new key is a new column. The old table stays as it was.
    ///
    /// # Example
    /// ```
    /// let t = table("t").add(#{ a: 1 }).add(#{ a: 2, b: "x" });
    /// t.rows              // => [#{ a: 1, b: () }, #{ a: 2, b: "x" }]
    /// ```
    #[rhai_fn(pure)]
    pub fn add(table: &mut Table, row: Map) -> Table {
        let mut longer = table.clone();
        longer.add(row.iter().map(|(name, value)| (name.as_str(), cell(value))));
        longer
    }

    /// How many rows there are.
    ///
    /// # Example
    /// ```
    /// table("t").len      // => 0
    /// ```
    #[rhai_fn(name = "len", get = "len", pure)]
    pub fn len(table: &mut Table) -> i64 {
        i64::try_from(table.len()).unwrap_or(i64::MAX)
    }

    /// The rows as an array of maps.
    ///
    /// # Example
    /// ```
    /// table("t").add(#{ a: 1 }).rows[0].a     // => 1
    /// ```
    #[rhai_fn(get = "rows", pure)]
    pub fn rows(table: &mut Table) -> Array {
        table.rows().iter().map(|cells| Dynamic::from(row(table, cells))).collect()
    }

    /// The names of the columns.
    ///
    /// # Example
    /// ```
    /// table("t").add(#{ b: 1, a: 2 }).columns     // => ["a", "b"]
    /// ```
    #[rhai_fn(get = "columns", pure)]
    pub fn columns(table: &mut Table) -> Array {
        table.columns().iter().map(|name| Dynamic::from(name.clone())).collect()
    }

    /// The cells of a column.
    ///
    /// # Example
    /// ```
    /// let t = table("t").add(#{ a: 1 }).add(#{ a: 2 });
    /// t.column("a")       // => [1, 2]
    /// t.column("b")       // error: no column `b` in a table of a
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn column(table: &mut Table, name: &str) -> Answer<Array> {
        Ok(table.column(name)?.iter().map(value).collect())
    }

    /// Only these columns, in this order.
    ///
    /// # Example
    /// ```
    /// table("t").add(#{ a: 1, b: 2 }).select(["b"]).columns       // => ["b"]
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn select(table: &mut Table, columns: Array) -> Answer<Table> {
        let names = texts("select", "columns", &columns)?;
        Ok(table.select(&names.iter().map(String::as_str).collect::<Vec<_>>())?)
    }

    /// The rows in the order of a column, smallest first.
    ///
    /// # Example
    /// ```
    /// table("t").add(#{ a: 2 }).add(#{ a: 1 }).sort("a").column("a")      // => [1, 2]
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn sort(table: &mut Table, column: &str) -> Answer<Table> {
        Ok(table.sort(column, false)?)
    }

    /// The rows in the order of a column, largest first.
    ///
    /// # Example
    /// ```
    /// table("t").add(#{ a: 1 }).add(#{ a: 2 }).sort_down("a").column("a")     // => [2, 1]
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn sort_down(table: &mut Table, column: &str) -> Answer<Table> {
        Ok(table.sort(column, true)?)
    }

    /// The rows (as maps) for which a function gives true.
    ///
    /// # Example
    /// ```
    /// table("t").add(#{ a: 1 }).add(#{ a: 2 }).where(|r| r.a > 1).len     // => 1
    /// ```
    #[rhai_fn(name = "where", return_raw, pure)]
    pub fn keep(context: NativeCallContext, table: &mut Table, keep: FnPtr) -> Answer<Table> {
        let mut kept = Table::new(table.columns().to_vec()).named(table.name());
        for cells in table.rows() {
            if keep.call_within_context::<bool>(&context, (row(table, cells),))? {
                kept.push(cells.clone())?;
            }
        }
        Ok(kept)
    }

    /// The rows put into groups by their cells in one or more columns; then ask for `.mean("x")` and so on.
    ///
    /// # Example
    /// ```
    /// let t = table("t").add(#{ m: "a", x: 1 }).add(#{ m: "a", x: 2 }).add(#{ m: "b", x: 5 });
    /// t.group(["m"]).mean("x").column("x")        // => [1.5, 5.0]
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn group(table: &mut Table, by: Dynamic) -> Answer<Groups> {
        let by = text_or_texts("group", "by", &by)?;
        for column in &by {
            table.position(column)?;
        }
        Ok(Groups { table: table.clone(), by })
    }

    /// The mean of a column in each group.
    ///
    /// # Example
    /// ```
    /// table("t").add(#{ m: "a", x: 1 }).add(#{ m: "a", x: 2 }).group("m").mean("x").rows[0].x      // => 1.5
    /// ```
    #[rhai_fn(name = "mean", return_raw, pure)]
    pub fn group_mean(groups: &mut Groups, column: &str) -> Answer<Table> {
        reduced(groups, column, |xs| statistics::mean(xs).unwrap_or(f64::NAN))
    }

    /// The standard deviation (over n) of a column in each group.
    ///
    /// # Example
    /// ```
    /// table("t").add(#{ m: "a", x: 1 }).add(#{ m: "a", x: 3 }).group("m").std("x").rows[0].x       // => 1.0
    /// ```
    #[rhai_fn(name = "std", return_raw, pure)]
    pub fn group_std(groups: &mut Groups, column: &str) -> Answer<Table> {
        reduced(groups, column, |xs| statistics::std(xs, 0).unwrap_or(f64::NAN))
    }

    /// The median of a column in each group.
    ///
    /// # Example
    /// ```
    /// table("t").add(#{ m: "a", x: 1 }).add(#{ m: "a", x: 3 }).group("m").median("x").rows[0].x    // => 2.0
    /// ```
    #[rhai_fn(name = "median", return_raw, pure)]
    pub fn group_median(groups: &mut Groups, column: &str) -> Answer<Table> {
        reduced(groups, column, |xs| statistics::median(xs).unwrap_or(f64::NAN))
    }

    /// The smallest of a column in each group.
    ///
    /// # Example
    /// ```
    /// table("t").add(#{ m: "a", x: 1 }).add(#{ m: "a", x: 3 }).group("m").min("x").rows[0].x       // => 1.0
    /// ```
    #[rhai_fn(name = "min", return_raw, pure)]
    pub fn group_min(groups: &mut Groups, column: &str) -> Answer<Table> {
        reduced(groups, column, |xs| xs.iter().copied().fold(f64::NAN, f64::min))
    }

    /// The largest of a column in each group.
    ///
    /// # Example
    /// ```
    /// table("t").add(#{ m: "a", x: 1 }).add(#{ m: "a", x: 3 }).group("m").max("x").rows[0].x       // => 3.0
    /// ```
    #[rhai_fn(name = "max", return_raw, pure)]
    pub fn group_max(groups: &mut Groups, column: &str) -> Answer<Table> {
        reduced(groups, column, |xs| xs.iter().copied().fold(f64::NAN, f64::max))
    }

    /// How many numbers of a column each group has.
    ///
    /// # Example
    /// ```
    /// table("t").add(#{ m: "a", x: 1 }).add(#{ m: "a", x: 3 }).group("m").count("x").rows[0].x     // => 2.0
    /// ```
    #[rhai_fn(name = "count", return_raw, pure)]
    pub fn group_count(groups: &mut Groups, column: &str) -> Answer<Table> {
        reduced(groups, column, |xs| xs.len() as f64)
    }

    /// One row for each cell of `rows`, one column for each cell of `columns`, `value` where they meet.
    ///
    /// # Example
    /// ```
    /// let t = table("t").add(#{ m: "a", o: "x", d: 1 }).add(#{ m: "a", o: "y", d: 2 });
    /// t.pivot("m", "o", "d").rows     // => [#{ m: "a", x: 1, y: 2 }]
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn pivot(table: &mut Table, rows: &str, columns: &str, value: &str) -> Answer<Table> {
        Ok(table.pivot(rows, columns, value)?)
    }

    /// Writes the table; the ending of the name says how: `.csv`, `.md` or `.tex`.
    ///
    /// # Example
    /// ```
    /// table("t").add(#{ a: 1 }).save("t.md")
    /// table("t").add(#{ a: 1 }).save("t.xls")     // error: t.xls:
    /// ```
    #[rhai_fn(return_raw, pure, volatile)]
    pub fn save(table: &mut Table, path: &str) -> Answer<()> {
        Ok(table.save(Path::new(path))?)
    }

    /// Calls a function with every combination of some options, and puts what it gives beside them in a table.
    ///
    /// # Arguments
    /// - `options`: a map of names to arrays of values
    /// - `each`: a function of a map with one value a name; gives a number, or a map of numbers
    ///
    /// # Example
    /// ```
    /// sweep(#{ a: [1, 2], b: [10] }, |p| p.a * p.b).column("value")       // => [10, 20]
    /// sweep(#{ a: 1 }, |p| p.a)       // error: argument `options.a` of sweep must be an array of values, got 1
    /// ```
    #[rhai_fn(return_raw)]
    pub fn sweep(context: NativeCallContext, options: Map, each: FnPtr) -> Answer<Table> {
        let mut combinations = vec![Map::new()];
        for (name, values) in &options {
            let wrong = || wrong("sweep", &format!("options.{name}"), "an array of values", values);
            let values = values.as_array_ref().map_err(|_| wrong())?;
            let with = |map: &Map, value: &Dynamic| {
                let mut map = map.clone();
                map.insert(name.clone(), value.clone());
                map
            };
            combinations =
                combinations.iter().flat_map(|map| values.iter().map(|v| with(map, v)).collect::<Vec<_>>()).collect();
        }
        let environment = crate::script::environment::Environment::of(&context);
        let stage = environment.monitor().stage("sweep", combinations.len());
        let mut table = Table::default().named("sweep");
        for combination in combinations {
            let given = each.call_within_context::<Dynamic>(&context, (combination.clone(),))?;
            let mut row: Vec<(String, Cell)> = combination.iter().map(|(n, v)| (n.to_string(), cell(v))).collect();
            match given.as_map_ref() {
                Ok(map) => row.extend(map.iter().map(|(n, v)| (n.to_string(), cell(v)))),
                Err(_) => row.push(("value".into(), cell(&given))),
            }
            table.add(row);
            stage.advance(1)?;
        }
        Ok(table)
    }

    /// A table made of an array of maps, one a row.
    ///
    /// # Example
    /// ```
    /// table_of([#{ a: 1 }, #{ a: 2 }]).len        // => 2
    /// ```
    #[rhai_fn(return_raw)]
    pub fn table_of(rows: Array) -> Answer<Table> {
        let mut table = Table::default();
        for (at, row) in rows.iter().enumerate() {
            let row = row.as_map_ref();
            let row = row.map_err(|_| wrong("table_of", &format!("rows[{at}]"), "a map `#{..}`", &rows[at]));
            table.add(row.map_err(Fault::raise)?.iter().map(|(name, value)| (name.as_str(), cell(value))));
        }
        Ok(table)
    }
}
