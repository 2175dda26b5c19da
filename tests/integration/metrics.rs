//! What Prometheus and CloudWatch get to see.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::harness::{Reply, Service};

/// A service with a port for metrics, and the address of that port.
fn start(settings: &[(&str, &str)]) -> (Service, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let port = address.port().to_string();
    let mut all = vec![("MOTE_METRICS_PORT", port.as_str())];
    all.extend(settings);
    (Service::start(&all), address)
}

fn scrape(address: SocketAddr) -> String {
    let reply: Reply = Service::ask(address, "GET /metrics HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    reply.body
}

/// The value of a sample, by its whole name with labels.
fn value(page: &str, sample: &str) -> u64 {
    let line = page.lines().find_map(|line| line.strip_prefix(&format!("{sample} ")));
    line.unwrap_or_else(|| panic!("{sample} is missing in\n{page}")).parse().unwrap()
}

#[test]
fn requests_are_counted_by_route_method_and_status_and_never_by_what_a_client_wrote() {
    let (service, address) = start(&[]);
    service.get("/");
    service.get("/?x=1");
    service.get("/secret");
    service.exchange("BREW / HTTP/1.1\r\nHost: m\r\n\r\n");
    service.exchange("GET / HTTP/1.1\r\n\r\n");
    let page = scrape(address);
    let count = |labels: &str| value(&page, &format!("http_server_request_duration_seconds_count{{{labels}}}"));
    assert_eq!(count(r#"http_request_method="GET",http_route="/",http_response_status_code="200""#), 2);
    assert_eq!(count(r#"http_request_method="GET",http_response_status_code="404""#), 1);
    assert_eq!(count(r#"http_request_method="_OTHER",http_route="/",http_response_status_code="405""#), 1);
    assert_eq!(value(&page, r#"mote_rejected_requests_total{reason="bad_host"}"#), 1);
    assert_eq!(value(&page, r#"mote_rejected_requests_total{reason="malformed"}"#), 0);
    assert_eq!(value(&page, "mote_ready"), 1);
    assert!(!page.contains("secret") && !page.contains("BREW"), "{page}");
}

#[test]
fn metrics_are_not_on_the_port_of_the_load_balancer_nor_the_routes_on_that_of_metrics() {
    let (service, address) = start(&[]);
    assert_eq!(service.get("/metrics").status, 404);
    // A client cannot say that it came to the other port.
    let forged = "GET /metrics HTTP/1.1\r\nHost: m\r\nGuard-Listener: 1\r\n\r\n";
    assert_eq!(service.exchange(forged).status, 404);
    assert_eq!(Service::ask(address, "GET / HTTP/1.1\r\nHost: m\r\n\r\n").status, 404);
    scrape(address);
    let page = scrape(address);
    assert!(!page.contains(r#"http_response_status_code="200""#), "a scrape counts itself:\n{page}");
}

#[test]
fn rules_and_dashboard_of_prometheus_name_only_metrics_that_exist() {
    let (service, address) = start(&[]);
    service.get("/");
    let page = scrape(address);
    let exists =
        |name: &str| page.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])));
    for file in ["rules.yaml", "dashboards/mote.json"] {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/infra/components/observability");
        let text = fs::read_to_string(format!("{folder}/{file}")).unwrap();
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let used =
            words.filter(|word| ["http_server_", "mote_", "process_"].iter().any(|prefix| word.starts_with(prefix)));
        let used: BTreeSet<_> = used.collect();
        assert!(used.len() >= 6, "{file} names {used:?}");
        let missing: Vec<_> = used.into_iter().filter(|name| !exists(name)).collect();
        assert!(missing.is_empty(), "{file} names {missing:?}, which are not in\n{page}");
    }
}

/// The linter is the one of `promtool check metrics`. It needs Go, as the deployment does.
#[test]
fn the_page_is_what_a_real_parser_and_linter_of_prometheus_expect() {
    let (service, address) = start(&[]);
    service.get("/");
    service.exchange("POST /x HTTP/1.1\r\nHost: m\r\nContent-Length: 1\r\n\r\n");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/promlint");
    let mut linter = Command::new("go");
    linter.args(["run", "."]).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut linter = linter.spawn().expect("go is installed");
    linter.stdin.take().unwrap().write_all(scrape(address).as_bytes()).unwrap();
    let output = linter.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.starts_with("good: ") && text.contains(" samples"), "{text}");
}

#[test]
fn the_last_minute_is_reported_to_cloudwatch_when_the_service_stops() {
    let mut service = Service::start(&[("MOTE_CLOUDWATCH_EMF", "true")]);
    service.get("/");
    service.get("/nothing");
    // Probes come from supervisors, not from clients.
    service.get("/health");
    service.get("/ready");
    service.signal(Signal::TERM);
    let line: serde_json::Value = serde_json::from_str(&service.log_line("CloudWatchMetrics")).unwrap();
    assert_eq!((&line["Requests"], &line["ServerErrors"]), (&2.into(), &0.into()));
    assert_eq!(service.exit_code().0, Some(0));
}
