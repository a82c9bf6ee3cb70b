//! The command line: two paths.

use std::ffi::OsString;
use std::path::PathBuf;

#[derive(Debug, PartialEq, Eq)]
pub struct Arguments {
    /// Where the socket is bound and satellites' roots are mounted.
    pub folder: PathBuf,
    /// Where each language's launcher lies.
    pub launchers: PathBuf,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "launchpadd is started by PostgreSQL: \
     launchpadd --folder <absolute path> --launchers <absolute path>"
)]
pub struct ArgumentsError;

impl Arguments {
    /// From the arguments after the program's name. The paths must be absolute: the working
    /// directory changes before they are used.
    pub fn parse(mut words: impl Iterator<Item = OsString>) -> Result<Self, ArgumentsError> {
        let (mut folder, mut launchers) = (None, None);
        while let Some(word) = words.next() {
            let place = match word.to_str() {
                Some("--folder") => &mut folder,
                Some("--launchers") => &mut launchers,
                _ => return Err(ArgumentsError),
            };
            let path = words.next().map(PathBuf::from);
            *place = path.filter(|path| path.is_absolute());
        }
        match (folder, launchers) {
            (Some(folder), Some(launchers)) => Ok(Arguments { folder, launchers }),
            _ => Err(ArgumentsError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Arguments, ArgumentsError> {
        Arguments::parse(words.iter().map(OsString::from))
    }

    #[test]
    fn both_paths_in_any_order() {
        let arguments = parse(&["--launchers", "/l", "--folder", "/f"]).unwrap();
        assert_eq!(arguments.folder, PathBuf::from("/f"));
        assert_eq!(arguments.launchers, PathBuf::from("/l"));
    }

    #[test]
    fn anything_else_is_refused() {
        for words in [
            &[][..],
            &["--folder", "/f"],
            &["--folder", "f", "--launchers", "/l"],
            &["--folder", "/f", "--launchers"],
            &["--folder", "/f", "--launchers", "/l", "--more"],
        ] {
            assert_eq!(parse(words), Err(ArgumentsError), "{words:?}");
        }
    }
}
