//! The bytes of a file, unpacked if they are gzip whatever the file is called, and checked to their end.

use crate::base::error::{Error, Kind, Result};
use flate2::bufread::GzDecoder;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Deflate packs at most this many bytes into one.
const MOST_PACKED: u64 = 1032;

/// The content of one file, read once from its beginning.
pub struct Content {
    path: PathBuf,
    reader: Reader,
    stored: u64,
    at: u64,
}

enum Reader {
    Plain(BufReader<File>),
    Packed(Members),
}

impl Content {
    /// Opens a file, plain or gzip.
    ///
    /// # Errors
    /// When it is missing, unreadable, a folder, empty, or a git-lfs pointer.
    pub fn open(path: &Path) -> Result<Self> {
        let cannot = |e| Error::file(path, "cannot read the image", e);
        // Asked before opening: a pipe would wait for somebody to write into it.
        let about = fs::metadata(path).map_err(cannot)?;
        if !about.is_dir() && !about.is_file() {
            return Err(Error::new(Kind::File, "wanted an image file, got a device or a pipe")
                .at(path)
                .help("copy the image to a file first"));
        }
        if about.is_dir() {
            return Err(Error::new(Kind::File, "wanted an image file, got a folder")
                .at(path)
                .help("give the .nii, .nii.gz, .hdr or .img file inside it"));
        }
        let file = File::open(path).map_err(cannot)?;
        let mut reader = BufReader::with_capacity(1 << 17, file);
        let start = reader.fill_buf().map_err(cannot)?;
        if start.is_empty() {
            return Err(Error::format(path, "the file is empty (0 bytes)").help("copy or download it again"));
        }
        if start.starts_with(b"version https://git-lfs") {
            return Err(Error::format(path, "wanted an image, got a git-lfs pointer (the text that stands for it)")
                .help("fetch the data with `git lfs pull`"));
        }
        let packed = start.starts_with(&[0x1f, 0x8b]);
        let reader = if packed { Reader::Packed(Members::new(reader)) } else { Reader::Plain(reader) };
        Ok(Content { path: path.into(), reader, stored: about.len(), at: 0 })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the next bytes into `into` and says how many there were, fewer than wanted only at the end.
    ///
    /// # Errors
    /// When the file cannot be read, or its packed content is damaged or cut off.
    pub fn fill(&mut self, into: &mut [u8]) -> Result<usize> {
        let mut there = 0;
        while there < into.len() {
            let got = match &mut self.reader {
                Reader::Plain(reader) => reader.read(&mut into[there..]),
                Reader::Packed(reader) => reader.read(&mut into[there..]),
            };
            match got {
                Ok(0) => break,
                Ok(got) => there += got,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(damaged(&self.path, e)),
            }
        }
        self.at += there as u64;
        Ok(there)
    }

    /// The next bytes, `wanted` of them or fewer at the end; `wanted` is small, since it is set aside at once.
    ///
    /// # Errors
    /// As [`Content::fill`].
    pub fn next(&mut self, wanted: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; wanted];
        let got = self.fill(&mut bytes)?;
        bytes.truncate(got);
        Ok(bytes)
    }

    /// Puts the bytes from byte `offset` of a plain file into `into`, from any thread.
    ///
    /// # Errors
    /// When they are not there (any more), or the content is packed.
    pub fn fill_from(&self, offset: u64, into: &mut [u8]) -> Result<()> {
        match &self.reader {
            Reader::Plain(reader) => exactly(reader.get_ref(), offset, into).map_err(|e| damaged(&self.path, e)),
            Reader::Packed(_) => Err(Error::internal("packed content is read from its beginning only")),
        }
    }

    /// Passes over bytes and says how many there were, at most `wanted`.
    ///
    /// # Errors
    /// As [`Content::fill`].
    pub fn skip(&mut self, wanted: u64) -> Result<u64> {
        let got = match &mut self.reader {
            Reader::Plain(reader) => {
                let there = wanted.min(self.stored.saturating_sub(self.at));
                reader.seek_relative(there as i64).map(|()| there)
            }
            Reader::Packed(reader) => io::copy(&mut reader.by_ref().take(wanted), &mut io::sink()),
        };
        let got = got.map_err(|e| damaged(&self.path, e))?;
        self.at += got;
        Ok(got)
    }

    /// Reads packed content to its end, so that its check sums are compared; nothing to do for plain content.
    ///
    /// # Errors
    /// As [`Content::fill`].
    pub fn finish(mut self) -> Result<()> {
        if self.packed() { self.skip(u64::MAX).map(|_| ()) } else { Ok(()) }
    }

    /// At most this many bytes can follow.
    #[must_use]
    pub fn at_most(&self) -> u64 {
        let most = if self.packed() { self.stored.saturating_mul(MOST_PACKED) } else { self.stored };
        most.saturating_sub(self.at)
    }

    /// Whether it is gzip.
    #[must_use]
    pub fn packed(&self) -> bool {
        matches!(self.reader, Reader::Packed(_))
    }

    /// Bytes of the file as it is stored.
    #[must_use]
    pub fn stored(&self) -> u64 {
        self.stored
    }
}

#[cfg(unix)]
fn exactly(file: &File, offset: u64, into: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, offset)
}

#[cfg(not(unix))]
fn exactly(file: &File, mut offset: u64, mut into: &mut [u8]) -> io::Result<()> {
    while !into.is_empty() {
        let got = std::os::windows::fs::FileExt::seek_read(file, into, offset)?;
        if got == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        into = &mut into[got..];
        offset += got as u64;
    }
    Ok(())
}

fn damaged(path: &Path, e: io::Error) -> Error {
    let error = match e.kind() {
        io::ErrorKind::UnexpectedEof => Error::format(path, "the compressed data are cut off before their end"),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            Error::format(path, format!("the compressed data are damaged: {e}"))
        }
        _ => return Error::file(path, "cannot read the image", e),
    };
    error.help("copy or download the file again").caused_by(e)
}

/// The members of a gzip file one after the other; zeros behind the last one are padding.
struct Members(Option<Box<GzDecoder<BufReader<File>>>>);

impl Members {
    fn new(reader: BufReader<File>) -> Self {
        Members(Some(Box::new(GzDecoder::new(reader))))
    }
}

impl Read for Members {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.0 {
            let got = member.read(into)?;
            if got > 0 || into.is_empty() {
                return Ok(got);
            }
            let Some(member) = self.0.take() else { break };
            let mut rest = member.into_inner();
            loop {
                let next = rest.fill_buf()?;
                if next.is_empty() {
                    return Ok(0);
                }
                let zeros = next.iter().take_while(|&&b| b == 0).count();
                if zeros < next.len() {
                    rest.consume(zeros);
                    break;
                }
                rest.consume(zeros);
            }
            self.0 = Some(Box::new(GzDecoder::new(rest)));
        }
        Ok(0)
    }
}
