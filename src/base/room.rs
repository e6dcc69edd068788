//! How much memory the machine has to give.

/// Bytes that could be had without swapping; `None` where the system does not say.
#[must_use]
pub fn free() -> Option<u64> {
    bytes_of(&meminfo()?, "MemAvailable")
}

/// Bytes that could be had at all, free swap among them; `None` where the system does not say.
#[must_use]
pub fn available() -> Option<u64> {
    available_of(&meminfo()?)
}

fn available_of(meminfo: &str) -> Option<u64> {
    Some(bytes_of(meminfo, "MemAvailable")? + bytes_of(meminfo, "SwapFree").unwrap_or(0))
}

/// What Linux says of its memory.
fn meminfo() -> Option<String> {
    std::fs::read_to_string("/proc/meminfo").ok()
}

fn bytes_of(meminfo: &str, name: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_linux_is_read() {
        let text = "MemTotal:       24590296 kB\nMemFree:         1000 kB\nMemAvailable:    2000 kB\nSwapFree:          48 kB\n";
        assert_eq!((bytes_of(text, "MemAvailable"), bytes_of(text, "SwapFree")), (Some(2000 * 1024), Some(48 * 1024)));
        assert_eq!(available_of(text), Some(2048 * 1024));
        assert_eq!(available_of("MemAvailable:    2000 kB"), Some(2000 * 1024));
        assert_eq!((available_of(""), available_of("MemAvailable: many kB")), (None, None));
        assert_eq!(free().is_some(), available().is_some());
        assert_eq!(available().is_some(), cfg!(target_os = "linux"));
    }
}
