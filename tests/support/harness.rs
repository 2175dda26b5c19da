//! Starts the real program and talks to it byte by byte.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// No test waits longer than this for anything that should happen at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The program with nothing but the given settings in its environment.
pub(crate) fn command(settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mote"));
    command.env_clear().envs(settings.iter().copied());
    command
}

/// By the system call: not every machine has a program named kill.
pub(crate) fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// A running service that is killed when the test ends, however it ends.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) child: Child,
    lines: Receiver<String>,
}

impl Service {
    /// Starts on a port that the operating system picks, and waits until the log names it.
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        let mut command = command(&[("MOTE_ADDRESS", "127.0.0.1"), ("MOTE_PORT", "0"), ("MOTE_METRICS_PORT", "0")]);
        command.envs(settings.iter().copied());
        Self::start_program(command)
    }

    /// The same for any program that says where it listens.
    pub(crate) fn start_program(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = read_lines(BufReader::new(child.stdout.take().unwrap()));
        // From here on a start that fails ends the process as well.
        let mut service = Self { address: SocketAddr::from(([0, 0, 0, 0], 0)), child, lines };
        let line = service.log_line("listening on ");
        let address = line.split("listening on ").nth(1).unwrap();
        service.address = address.split(|c: char| c == '"' || c.is_whitespace()).next().unwrap().parse().unwrap();
        service
    }

    /// The next log line that contains the text.
    pub(crate) fn log_line(&self, text: &str) -> String {
        wait_for(&self.lines, text)
    }

    /// One exchange on a connection of its own, read to its end.
    pub(crate) fn exchange(&self, request: &str) -> Reply {
        Self::ask(self.address, request)
    }

    /// The same with any address.
    pub(crate) fn ask(address: SocketAddr, request: &str) -> Reply {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        Reply::read(&mut reader, request.starts_with("HEAD "))
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.exchange(&format!("GET {path} HTTP/1.1\r\nHost: mote\r\n\r\n"))
    }

    /// A POST with a body of a media type.
    pub(crate) fn post(&self, path: &str, media_type: &str, body: &str) -> Reply {
        let length = body.len();
        self.exchange(&format!(
            "POST {path} HTTP/1.1\r\nHost: m\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    pub(crate) fn signal(&self, signal: Signal) {
        send(&self.child, signal);
    }

    /// The exit code, and how long it took to come.
    pub(crate) fn exit_code(&mut self) -> (Option<i32>, Duration) {
        self.exit_code_within(PATIENCE)
    }

    /// The same for an end that takes its time.
    pub(crate) fn exit_code_within(&mut self, patience: Duration) -> (Option<i32>, Duration) {
        let start = Instant::now();
        while start.elapsed() < patience {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), start.elapsed());
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("the service is still running after {patience:?}");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One answer, in pieces.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    /// Reads one answer and not a byte more. `is_head` is for answers to HEAD.
    pub(crate) fn read(reader: &mut impl BufRead, is_head: bool) -> Self {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "closed after {head:?}");
        }
        let mut reply = Self { status: head[9..12].parse().unwrap(), head, body: String::new() };
        if !is_head && !matches!(reply.status, 204 | 304) {
            let length = reply.header("Content-Length").expect("every answer has a length").parse().unwrap();
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            reply.body = String::from_utf8(body).unwrap();
        }
        reply
    }

    /// The value of a field, by a name in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields.find(|field| field.0.eq_ignore_ascii_case(name)).map(|field| field.1)
    }
}

/// Runs a program that is meant to end by itself.
pub(crate) fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

fn read_lines(reader: impl BufRead + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    // Reading on keeps the pipe from filling up, also when no test looks at the lines.
    thread::spawn(move || reader.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    lines
}

fn wait_for(lines: &Receiver<String>, text: &str) -> String {
    let end = Instant::now() + PATIENCE;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let line = lines.recv_timeout(left).unwrap_or_else(|_| panic!("no log line with {text:?}"));
        if line.contains(text) {
            return line;
        }
    }
}
