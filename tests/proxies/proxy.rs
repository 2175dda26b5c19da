//! A proxy before the service, on a port and in a folder of its own.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::harness::{PATIENCE, send};

/// What a proxy may be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// With lasting connections to the service, and without holding a request until it has all of it.
    Nginx,
    HaProxy,
}

pub(crate) const KINDS: [Kind; 2] = [Kind::Nginx, Kind::HaProxy];

/// A running proxy, which is ended with the test.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    child: Child,
    folder: PathBuf,
}

impl Proxy {
    /// Starts it before a service, and waits until it takes connections.
    pub(crate) fn start(kind: Kind, service: SocketAddr) -> Self {
        let address = free_address();
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("proxy-{}", address.port()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("conf");
        fs::write(&file, configuration(kind, address, service)).unwrap();
        let child = command(kind, &folder, &file).stdout(Stdio::null()).spawn();
        let child =
            child.unwrap_or_else(|error| panic!("{kind:?}: {error}: scripts/dev/packages.sh nginx-light haproxy"));
        let proxy = Self { address, child, folder };
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(start.elapsed() < PATIENCE, "{kind:?} takes no connection");
            thread::sleep(Duration::from_millis(20));
        }
        proxy
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // nginx ends its workers when it is asked to end, and leaves them when it is killed.
        send(&self.child, Signal::TERM);
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn command(kind: Kind, folder: &Path, file: &Path) -> Command {
    let mut command = Command::new(match kind {
        Kind::Nginx => "nginx",
        Kind::HaProxy => "haproxy",
    });
    match kind {
        Kind::Nginx => command.arg("-p").arg(folder).arg("-e").arg("stderr").arg("-c").arg(file),
        Kind::HaProxy => command.arg("-db").arg("-f").arg(file),
    };
    command
}

fn configuration(kind: Kind, address: SocketAddr, service: SocketAddr) -> String {
    match kind {
        Kind::Nginx => format!(
            "daemon off; worker_processes 1; pid pid; error_log stderr crit;
            events {{ worker_connections 512; }}
            http {{
                access_log off; client_max_body_size 0;
                client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t; scgi_temp_path t;
                upstream service {{ server {service}; keepalive 16; }}
                server {{
                    listen {address};
                    location / {{
                        proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection \"\";
                        proxy_request_buffering off; proxy_next_upstream off;
                    }}
                }}
            }}"
        ),
        Kind::HaProxy => format!(
            "defaults
  mode http
  retries 0
  timeout connect 5s
  timeout client 10s
  timeout server 10s
frontend clients
  bind {address}
  default_backend service
backend service
  server service {service}
"
        ),
    }
}
