//! Files that are read again when they change.

use crate::StartError;
use crate::metrics;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

/// How often files are looked at. By their content: what replaces them may keep the time of their last change, and Kubernetes
/// swaps a link.
const LOOK: Duration = Duration::from_secs(1);
/// Largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// What is made of some files, and made anew when they change. A clone shows the same.
#[derive(Debug)]
pub(crate) struct Reloaded<T>(watch::Receiver<Arc<T>>);

impl<T> Clone for Reloaded<T> {
    fn clone(&self) -> Self {
        Reloaded(self.0.clone())
    }
}

/// Makes something of the contents of files, in their order.
type Make<T> = Box<dyn Fn(&[Vec<u8>]) -> Result<T, String> + Send>;

impl<T: Send + Sync + 'static> Reloaded<T> {
    /// Reads `files` now, and again when they change for as long as a clone of this lives. What cannot be read or used
    /// later leaves the last good state in force, and a line in the log. To be called in a Tokio runtime.
    ///
    /// # Errors
    /// [`StartError::Files`] if they cannot be read or used now. `make` says what is wrong without quoting them.
    pub(crate) fn start(what: &'static str, files: Vec<PathBuf>, make: Make<T>) -> Result<Self, StartError> {
        let refuse = |cause| StartError::Files { what, cause };
        let contents = read(&files).map_err(refuse)?;
        let (sender, receiver) = watch::channel(Arc::new(make(&contents).map_err(refuse)?));
        tokio::spawn(follow(what, files, contents, make, sender));
        Ok(Reloaded(receiver))
    }

    /// The last good state.
    pub(crate) fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.borrow())
    }
}

async fn follow<T: Send + Sync + 'static>(
    what: &'static str,
    files: Vec<PathBuf>,
    contents: Vec<Vec<u8>>,
    make: Make<T>,
    sender: watch::Sender<Arc<T>>,
) {
    let mut seen = Ok(contents);
    loop {
        tokio::select! {
            () = sender.closed() => return,
            () = sleep(LOOK) => {}
        }
        let files = files.clone();
        // The read fails only where the runtime stops.
        let Ok(now) = tokio::task::spawn_blocking(move || read(&files)).await else { return };
        if now == seen {
            continue;
        }
        let made = now.as_ref().map_err(Clone::clone).and_then(|contents| make(contents));
        metrics::reload(what, made.is_ok());
        match made {
            Ok(value) => {
                tracing::info!(what, "files were read again");
                sender.send_replace(Arc::new(value));
            }
            Err(cause) => tracing::warn!(what, cause, "changed files cannot be used; what was read before holds"),
        }
        seen = now;
    }
}

fn read(files: &[PathBuf]) -> Result<Vec<Vec<u8>>, String> {
    let read = |path: &PathBuf| {
        let fail = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
        let bytes = std::fs::metadata(path).map_err(fail)?.len();
        if bytes > FILE_BYTES_MAX {
            return Err(format!("{} is {bytes} bytes; the limit is {FILE_BYTES_MAX}", path.display()));
        }
        std::fs::read(path).map_err(fail)
    };
    files.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn number(contents: &[Vec<u8>]) -> Result<u32, String> {
        let text = str::from_utf8(&contents[0]).map_err(|error| error.to_string())?;
        text.trim().parse().map_err(|_| "the file holds no number".to_owned())
    }

    async fn until(reloaded: &Reloaded<u32>, value: u32) {
        let mut changes = reloaded.0.clone();
        changes.wait_for(|now| **now == value).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_changed_file_is_read_and_a_broken_one_leaves_what_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("number");
        fs::write(&path, "1").unwrap();
        let reloaded = Reloaded::start("a number", vec![path.clone()], Box::new(number)).unwrap();
        assert_eq!(*reloaded.get(), 1);
        fs::write(&path, "2").unwrap();
        until(&reloaded, 2).await;

        fs::write(&path, "three").unwrap();
        sleep(LOOK * 3).await;
        assert_eq!(*reloaded.get(), 2);
        fs::remove_file(&path).unwrap();
        sleep(LOOK * 3).await;
        assert_eq!(*reloaded.get(), 2);
        fs::write(&path, "4").unwrap();
        until(&reloaded, 4).await;
    }

    #[tokio::test]
    async fn what_cannot_be_used_at_first_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("number");
        let refused =
            |path: &PathBuf| Reloaded::start("a number", vec![path.clone()], Box::new(number)).unwrap_err().to_string();
        assert!(refused(&path).starts_with(&format!("a number cannot be used: cannot read {}", path.display())));
        fs::write(&path, "three").unwrap();
        assert_eq!(refused(&path), "a number cannot be used: the file holds no number");
        fs::File::create(&path).unwrap().set_len(FILE_BYTES_MAX + 1).unwrap();
        assert!(refused(&path).ends_with("is 4194305 bytes; the limit is 4194304"));
    }
}
