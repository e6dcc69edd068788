//! How much two partitions agree.

use super::partition::Partition;
use crate::base::error::{Error, Result};

/// The adjusted Rand index (Hubert and Arabie, 1985): how many pairs of nodes two partitions treat alike, beyond chance. 1 when
/// they are the same, about 0 when they have nothing to do with each other; higher is better. O(nodes log nodes + groups^2).
///
/// # Errors
/// When the two do not divide the same nodes.
pub fn adjusted_rand(a: &Partition, b: &Partition) -> Result<f64> {
    let pairs = |count: f64| count * (count - 1.0) / 2.0;
    let mut names = a.groups.concat();
    let mut others = b.groups.concat();
    names.sort();
    others.sort();
    if names != others {
        let odd = names.iter().find(|name| others.binary_search(name).is_err());
        let odd = odd.or_else(|| others.iter().find(|name| names.binary_search(name).is_err()));
        return Err(Error::argument(format!(
            "two partitions must divide the same nodes, `{}` is in one of them only",
            odd.map_or("", String::as_str)
        ))
        .help("compare clusters of one graph"));
    }
    let common = |x: &[String], y: &[String]| x.iter().filter(|name| y.binary_search(name).is_ok()).count() as f64;
    let both: f64 = a.groups.iter().flat_map(|x| b.groups.iter().map(move |y| pairs(common(x, y)))).sum();
    let within = |partition: &Partition| partition.groups.iter().map(|group| pairs(group.len() as f64)).sum::<f64>();
    let (in_a, in_b) = (within(a), within(b));
    let expected = in_a * in_b / pairs(names.len() as f64).max(1.0);
    let most = (in_a + in_b) / 2.0;
    // Both all alone or both all together: they are the same.
    Ok(if most == expected { 1.0 } else { (both - expected) / (most - expected) })
}
