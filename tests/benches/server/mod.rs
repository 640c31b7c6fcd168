//! A binary of this workspace as a process of its own, for benches.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tonic::transport::Channel;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

/// A running server; it ends with this value.
pub(crate) struct Server {
    child: Child,
    pub(crate) uri: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary that this bench was built with: both lie in the profile's folder, or in its `deps`.
fn binary(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.ancestors().skip(1).map(|folder| folder.join(name)).find(|path| path.is_file()).unwrap()
}

impl Server {
    /// Starts binary `name` with `args` on a free port.
    pub(crate) fn start(name: &str, args: &[&str]) -> Server {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let child = Command::new(binary(name))
            .args(args)
            .args(["--log", "warn", "--listen", &address.to_string()])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Server { child, uri: format!("http://{address}") }
    }

    /// Waits until health says SERVING.
    ///
    /// # Panics
    /// If the process ends before; it has told why on standard error.
    pub(crate) async fn ready(&mut self) {
        loop {
            assert_eq!(self.child.try_wait().unwrap(), None, "the server ended before it was ready");
            let channel = Channel::from_shared(self.uri.clone()).unwrap();
            if let Ok(channel) = channel.connect().await {
                let answer = HealthClient::new(channel).check(HealthCheckRequest { service: String::new() }).await;
                if answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving) {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Resident memory of the process, now and at its highest, in MiB.
    pub(crate) fn memory(&self) -> (f64, f64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let field = |name: &str| -> f64 {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
        };
        (field("VmRSS:"), field("VmHWM:"))
    }
}
