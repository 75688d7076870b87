//! The secret of tokens that standalone makes for itself.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process,
};

use thiserror::Error;

use crate::config::Secret;

/// The file's name in the data directory.
pub const SECRET_FILE: &str = "jwt-secret";

/// Random bytes of a secret; written as twice as many hex digits.
const SECRET_BYTES: usize = 32;

/// Why there is no secret.
#[derive(Debug, Error)]
pub enum SecretFileError {
    /// The file or its directory can't be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds too little to be a secret. It is not replaced, since that would end all
    /// sessions: remove it to have a new one made.
    #[error("{0} holds no secret; remove it to have a new one made")]
    TooShort(PathBuf),
    /// There is no file yet; it is made when the server first starts.
    #[error("{0} does not exist yet; start the server once, or configure auth.jwt_secret")]
    Missing(PathBuf),
}

/// Reads the secret of a data directory, and makes the directory and the secret at the first start.
/// Only the owner may read either. Of processes that start at once, all get the same secret.
/// Blocks on the disk.
///
/// # Errors
/// The directory or file can't be made or read, or the file holds no secret.
pub fn load_or_create(data_dir: &Path) -> Result<Secret, SecretFileError> {
    DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(at(data_dir))?;
    let path = data_dir.join(SECRET_FILE);
    if !path.try_exists().map_err(at(&path))? {
        create(data_dir, &path)?;
    }
    load(data_dir)
}

/// Reads the secret of a data directory. Blocks on the disk.
///
/// # Errors
/// There is none yet, it can't be read, or the file holds no secret.
pub fn load(data_dir: &Path) -> Result<Secret, SecretFileError> {
    let path = data_dir.join(SECRET_FILE);
    let mut file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(SecretFileError::Missing(path));
        }
        opened => opened.map_err(at(&path))?,
    };
    if file.metadata().map_err(at(&path))?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others could read the secret of tokens; they no longer can");
        file.set_permissions(Permissions::from_mode(0o600)).map_err(at(&path))?;
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(at(&path))?;
    let secret = text.trim();
    match secret.len() >= SECRET_BYTES {
        true => Ok(Secret::new(secret)),
        false => Err(SecretFileError::TooShort(path)),
    }
}

/// Writes a new secret under its name only once it is whole on the disk.
fn create(data_dir: &Path, path: &Path) -> Result<(), SecretFileError> {
    let unique: u64 = rand::random();
    let draft = data_dir.join(format!("{SECRET_FILE}.{}.{unique:x}", process::id()));
    let bytes: [u8; SECRET_BYTES] = rand::random();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| {
            file.write_all(digits.as_bytes())?;
            file.sync_all()
        })
        // A link, unlike a rename, doesn't replace what another process has just made.
        .and_then(|()| match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        });
    let removed = fs::remove_file(&draft);
    written.and(removed).map_err(at(path))?;
    File::open(data_dir).and_then(|directory| directory.sync_all()).map_err(at(data_dir))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> SecretFileError {
    let path = path.to_owned();
    move |source| SecretFileError::Io { path, source }
}
