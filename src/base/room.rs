//! How much memory the machine has to give.

/// Bytes that new work can have without harm to what runs; `None` where the system does not say.
#[must_use]
pub fn available() -> Option<u64> {
    of_meminfo(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

/// Free and reclaimable memory, and free swap, of Linux's list.
fn of_meminfo(text: &str) -> Option<u64> {
    let kilobytes = |name: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    };
    Some((kilobytes("MemAvailable")? + kilobytes("SwapFree").unwrap_or(0)) * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_linux_is_read() {
        let text = "MemTotal:       24590296 kB\nMemFree:         1000 kB\nMemAvailable:    2000 kB\nSwapFree:          48 kB\n";
        assert_eq!(of_meminfo(text), Some(2048 * 1024));
        assert_eq!(of_meminfo("MemAvailable:    2000 kB"), Some(2000 * 1024));
        assert_eq!((of_meminfo(""), of_meminfo("MemAvailable: many kB")), (None, None));
        assert_eq!(available().is_some(), cfg!(target_os = "linux"));
    }
}
