//! The voxels of one channel, from plain or packed content, and never more memory than the content calls for.

use super::content::Content;
use super::header::Header;
use crate::base::error::{Error, Result};
use crate::base::pages::{Pages, Pod};
use rayon::prelude::*;

/// A packed file may make us set aside this many bytes beyond its own size before it has shown that it holds them.
const TRUSTED: u64 = 48 << 20;

/// Voxels that are converted at a time: their bytes stay in the cache.
const AT_ONCE: usize = 1 << 14;

/// Reads the voxels of `channel` through `convert`, which is given stored bytes, the number of their first voxel, and
/// where their values go. A packed file is read to its end, so that a wrong check sum is found.
///
/// # Errors
/// When the voxels are not all there (those of the other channels too), the content is damaged, or what `convert` returns
/// for the first voxels that it refuses.
pub fn read<T: Pod + Send>(
    header: &Header,
    content: Content,
    channel: usize,
    convert: impl Fn(&[u8], usize, &mut [T]) -> Result<()> + Sync,
) -> Result<Pages<T>> {
    let place = Place::find(header, &content, channel)?;
    let voxels = header.geometry.voxels();
    let width = header.voxel.bytes();
    let convert = |(block, (bytes, values)): (usize, (&[u8], &mut [T]))| convert(bytes, block * AT_ONCE, values);

    if !content.packed() {
        let mut values = Pages::zeros(voxels);
        // Not `try_for_each`: the first voxel that is wrong is to be named, on any number of threads.
        let done: Vec<Result<()>> = values
            .par_chunks_mut(AT_ONCE)
            .enumerate()
            .map_init(Vec::new, |bytes, (block, values)| {
                bytes.resize(values.len() * width, 0);
                let from = header.offset + place.first + (block * AT_ONCE * width) as u64;
                content.fill_from(from, bytes)?;
                convert((block, (bytes, values)))
            })
            .collect();
        done.into_iter().collect::<Result<()>>()?;
        return Ok(values);
    }

    let bytes = unpacked(header, content, &place)?;
    let mut values = Pages::zeros(voxels);
    let blocks = bytes.par_chunks(AT_ONCE * width).zip(values.par_chunks_mut(AT_ONCE)).enumerate();
    let done: Vec<Result<()>> = blocks.map(convert).collect();
    done.into_iter().collect::<Result<()>>()?;
    Ok(values)
}

/// The voxels of `channel` as stored.
///
/// # Errors
/// When the voxels are not all there (those of the other channels too), or when the content is damaged.
pub fn stored(header: &Header, content: Content, channel: usize) -> Result<Pages<u8>> {
    let place = Place::find(header, &content, channel)?;
    if content.packed() {
        return unpacked(header, content, &place);
    }
    let mut bytes = Pages::zeros(header.voxel.bytes() * header.geometry.voxels());
    content.fill_from(header.offset + place.first, &mut bytes)?;
    Ok(bytes)
}

/// The voxels of packed content, which is read to its end.
fn unpacked(header: &Header, mut content: Content, place: &Place) -> Result<Pages<u8>> {
    if place.bytes > content.stored() + TRUSTED {
        // It must first show that it holds what its header says.
        let mut count = Content::open(content.path())?;
        let there = count.skip(header.offset.saturating_add(place.all))?.saturating_sub(header.offset);
        place.complete(header, &content, there)?;
        count.finish()?;
    }
    place.begin(header, &mut content)?;
    let mut bytes = Pages::zeros(header.voxel.bytes() * header.geometry.voxels());
    let mut there = place.first + content.fill(&mut bytes)? as u64;
    if there == place.first + place.bytes {
        there += content.skip(place.all - there)?;
    }
    place.complete(header, &content, there)?;
    content.finish()?;
    Ok(bytes)
}

/// Where the voxels of a channel are in a file.
struct Place {
    /// Bytes between the header and all voxels.
    gap: u64,
    /// Bytes of the channels before.
    first: u64,
    /// Bytes of the channel.
    bytes: u64,
    /// Bytes of all channels.
    all: u64,
}

impl Place {
    /// By the header alone; nothing larger than the content can be is believed.
    fn find(header: &Header, content: &Content, channel: usize) -> Result<Self> {
        let Some(bytes) = header.bytes() else {
            let size = size_text(header);
            return Err(Error::format(
                content.path(),
                format!("the header asks for {size}, more than any memory holds"),
            )
            .help("the file is damaged, or not an image: write it again"));
        };
        let before = if header.single { header.length as u64 } else { 0 };
        let gap = header.offset.saturating_sub(before);
        let all = bytes.saturating_mul(header.channels as u64);
        let place = Place { gap, first: bytes.saturating_mul(channel as u64), bytes, all };
        if content.at_most() < gap.saturating_add(all) {
            let what = if content.packed() { "can hold at most" } else { "has" };
            return Err(place.short(header, content, content.at_most().saturating_sub(gap), what));
        }
        Ok(place)
    }

    /// Goes to the first byte of the channel.
    fn begin(&self, header: &Header, content: &mut Content) -> Result<()> {
        if content.skip(self.gap)? < self.gap {
            return Err(self.short(header, content, 0, "has"));
        }
        let there = content.skip(self.first)?;
        if there < self.first { Err(self.short(header, content, there, "has")) } else { Ok(()) }
    }

    /// Whether all voxels were there.
    fn complete(&self, header: &Header, content: &Content, there: u64) -> Result<()> {
        if there < self.all { Err(self.short(header, content, there, "has")) } else { Ok(()) }
    }

    fn short(&self, header: &Header, content: &Content, got: u64, what: &str) -> Error {
        let (size, all, offset) = (size_text(header), self.all, header.offset);
        let message = format!("wanted {size}, {all} bytes after byte {offset}, the file {what} {got} bytes there");
        Error::format(content.path(), message).help("the file is cut off or damaged: copy or download it again")
    }
}

fn size_text(header: &Header) -> String {
    let [i, j, k] = header.geometry.shape;
    let size = format!("{i}x{j}x{k} voxels of {}", header.voxel.name());
    if header.channels == 1 { size } else { format!("{} channels of {size}", header.channels) }
}
