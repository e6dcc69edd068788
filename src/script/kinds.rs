//! Types as scripts and people name them.

/// The type as scripts know it: without reference, result, path and Rust's own names.
#[must_use]
pub fn plain_type(text: &str) -> String {
    if text.trim() == "&str | ImmutableString | String" {
        return "string".into();
    }
    let text = text.trim().trim_start_matches('&').trim_start_matches("mut ").trim();
    let text = ["Answer", "RhaiResultOf", "Result"]
        .iter()
        .find_map(|outer| text.strip_prefix(outer)?.trim_start().strip_prefix('<'))
        .map_or(text, |inner| inner.trim_end_matches('>').split(',').next().unwrap_or(inner).trim());
    let text = text.rsplit("::").next().unwrap_or(text).trim().trim_end_matches('>').trim_end();
    match text {
        "INT" | "i64" | "int" => "int",
        "FLOAT" | "f64" | "float" => "float",
        "ImmutableString" | "String" | "str" | "string" => "string",
        "Array" | "array" => "array",
        "Map" | "map" => "map",
        "FnPtr" | "Fn" => "Fn",
        "()" => "()",
        "Dynamic" | "RhaiResult" | "?" | "_" => "",
        other => other,
    }
    .to_string()
}

/// The type in words a person uses.
#[must_use]
pub fn spoken_type(kind: &str) -> String {
    match plain_type(kind).as_str() {
        "int" => "a whole number".into(),
        "float" => "a number".into(),
        "string" => "a text".into(),
        "array" => "an array".into(),
        "map" => "a map `#{..}`".into(),
        "Fn" => "a function".into(),
        "bool" => "true or false".into(),
        "char" => "a character".into(),
        "()" => "nothing".into(),
        "" => "any value".into(),
        other if other.starts_with(['A', 'E', 'I', 'O']) => format!("an {other}"),
        other => format!("a {other}"),
    }
}
