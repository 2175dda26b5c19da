//! What the routes do.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::harness::{Reply, Service};
use crate::{post, post_json, start};

fn body(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|error| panic!("{}: {error}", reply.body))
}

#[test]
fn what_is_stored_is_found_by_its_id_and_its_author() {
    let quotes = start(&[]);
    let created = post_json(&quotes, r#"{"author":"Jane Doe","text":"Grüß dich"}"#);
    assert_eq!((created.status, created.header("Location")), (201, Some("/quotes/0")), "{created:?}");
    post_json(&quotes, r#"{"author":"B","text":"b"}"#);
    let right = json!({"id": 0, "author": "Jane Doe", "text": "Grüß dich"});
    assert_eq!(body(&created), right);
    assert_eq!(body(&quotes.get("/quotes/0")), right);
    assert_eq!(body(&quotes.get("/quotes?author=Jane+Doe")), json!({ "quotes": [right] }));
    assert_eq!(body(&quotes.get("/quotes"))["quotes"].as_array().unwrap().len(), 2);
    assert_eq!(body(&quotes.get("/quotes?author=missing")), json!({ "quotes": [] }));
    assert_eq!(quotes.get("/quotes?author=").status, 400);
    for missing in ["/quotes/2", "/quotes/x", "/quotes/-1", "/quotes/"] {
        assert_eq!(quotes.get(missing).status, 404, "{missing}");
    }
}

#[test]
fn every_wrong_member_is_named() {
    let quotes = start(&[]);
    let reply = post_json(&quotes, r#"{"author":7,"year":1}"#);
    let problem = body(&reply);
    assert_eq!((reply.status, &problem["title"]), (422, &"Unprocessable Content".into()));
    let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["#/author", "#/text", "#/year"]);
}

#[test]
fn a_quote_that_is_there_already_is_409_and_one_of_too_many_is_429() {
    let quotes = start(&[]);
    assert_eq!(post_json(&quotes, r#"{"author":"a","text":"a"}"#).status, 201);
    let again = post_json(&quotes, r#"{"author":"a","text":"a"}"#);
    assert_eq!((again.status, &body(&again)["title"]), (409, &"Conflict".into()));
    for number in 1..2000 {
        assert_eq!(post_json(&quotes, &format!(r#"{{"author":"a","text":"{number}"}}"#)).status, 201);
    }
    let full = post_json(&quotes, r#"{"author":"a","text":"x"}"#);
    assert_eq!((full.status, full.header("Retry-After")), (429, Some("3600")));
    assert_eq!(body(&full)["title"], "Too Many Requests");
}

#[test]
fn what_the_table_lacks_follows_from_what_it_has() {
    let quotes = start(&[]);
    let ask = |method: &str, path: &str| quotes.exchange(&format!("{method} {path} HTTP/1.1\r\nHost: m\r\n\r\n"));
    for (path, allow) in [("/quotes", "POST, GET, HEAD, OPTIONS"), ("/quotes/0", "GET, HEAD, OPTIONS")] {
        let options = ask("OPTIONS", path);
        assert_eq!((options.status, options.header("Allow")), (204, Some(allow)), "{path}");
        let delete = ask("DELETE", path);
        assert_eq!((delete.status, delete.header("Allow")), (405, Some(allow)), "{path}");
    }
    assert_eq!(ask("HEAD", "/quotes").status, 200);
    let other = post(&quotes, "text/plain", "{}");
    assert_eq!((other.status, other.header("Accept")), (415, Some("application/json")));
    assert_eq!(quotes.get("/%71uotes").status, 200);
}

#[test]
fn it_has_probes_and_its_own_metric() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let quotes = start(&[("MOTE_METRICS_PORT", &address.port().to_string())]);
    assert_eq!((quotes.get("/health").status, quotes.get("/ready").status), (200, 200));
    post_json(&quotes, r#"{"author":"a","text":"a"}"#);
    let page = Service::ask(address, "GET /metrics HTTP/1.1\r\nHost: m\r\n\r\n").body;
    assert!(page.contains("# TYPE quotes_stored_total counter\nquotes_stored_total 1\n"), "{page}");
    assert!(page.contains(r#"http_route="/quotes""#), "{page}");
}
