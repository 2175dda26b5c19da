//! What the program says to wrong settings and wrong arguments.

use std::net::TcpListener;

use crate::harness::{Service, command, run};

fn stderr_of(settings: &[(&str, &str)], argument: Option<&str>) -> (Option<i32>, String) {
    let output = run(command(settings).args(argument));
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_bad_value_ends_the_start_with_78_and_one_line_that_names_the_variable() {
    for (name, value) in [
        ("MOTE_ADDRESS", "localhost"),
        ("MOTE_PORT", "80a"),
        ("MOTE_PORT", ""),
        ("MOTE_MESSAGE", "two\nlines"),
        ("MOTE_LOG_LEVEL", "loud"),
    ] {
        let (code, text) = stderr_of(&[(name, value)], None);
        assert_eq!(code, Some(78), "{name}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.starts_with(&format!("mote: {name} is ")) && text.contains("has to be"), "{text}");
    }
}

#[test]
fn every_bad_value_has_its_own_line() {
    let (code, text) = stderr_of(&[("MOTE_PORT", "x"), ("MOTE_ADDRESS", "y")], None);
    assert_eq!((code, text.lines().count()), (Some(78), 2), "{text}");
}

#[test]
fn a_taken_port_ends_the_start_with_69_and_one_line_that_names_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, text) =
        stderr_of(&[("MOTE_ADDRESS", "127.0.0.1"), ("MOTE_PORT", &port), ("MOTE_METRICS_PORT", "0")], None);
    assert_eq!((code, text.lines().count()), (Some(69), 1), "{text}");
    assert!(text.contains(&format!("cannot listen on 127.0.0.1:{port}, whose port MOTE_PORT sets: ")), "{text}");
}

#[test]
fn an_unknown_argument_ends_with_64() {
    let (code, text) = stderr_of(&[], Some("serve"));
    assert_eq!((code, text.lines().count()), (Some(64), 1), "{text}");
}

#[test]
fn the_version_is_the_one_of_the_package() {
    let output = run(command(&[]).arg("--version"));
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), concat!("mote ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn the_help_shows_settings_with_their_defaults() {
    let output = run(command(&[]).arg("--help"));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().any(|line| line.contains("MOTE_PORT") && line.ends_with("[8080]")), "{text}");
}

#[test]
fn a_variable_that_is_no_setting_ends_the_start_with_78_and_names_the_nearest_one() {
    for (wrong, nearest) in [
        ("MOTE_PROT", "MOTE_PORT"),
        ("MOTE_LOGLEVEL", "MOTE_LOG_LEVEL"),
        ("MOTE_KEEPALIVE_SECONDS", "MOTE_KEEPALIVE_TIMEOUT_SECONDS"),
        ("MOTE_port", "MOTE_PORT"),
    ] {
        for argument in [None, Some("healthcheck")] {
            let (code, text) = stderr_of(&[(wrong, "1")], argument);
            assert_eq!(
                (code, text),
                (Some(78), format!("mote: {wrong} is no setting; the nearest one is {nearest}\n"))
            );
        }
    }
    // Only what begins like a setting can be meant as one.
    assert_eq!(
        run(command(&[("MOTTE_PORT", "x"), ("mote_port", "x"), ("MOTE_PORT", "1")]).arg("healthcheck")).status.code(),
        Some(1)
    );
}

#[test]
fn metrics_on_the_port_of_the_clients_end_the_start_with_78() {
    for settings in [[("MOTE_PORT", "9090")].as_slice(), &[("MOTE_PORT", "8090"), ("MOTE_METRICS_PORT", "8090")]] {
        let (code, text) = stderr_of(settings, None);
        let port = settings[0].1;
        let right = format!("mote: MOTE_PORT and MOTE_METRICS_PORT are both {port}, but have to be different ports\n");
        assert_eq!((code, text), (Some(78), right));
    }
}

#[test]
fn a_target_may_be_as_long_as_its_setting_says() {
    for (setting, longest) in [
        (None, 8192),
        (Some(("MOTE_MAX_TARGET_BYTES", "1024")), 1024),
        (Some(("MOTE_MAX_TARGET_BYTES", "15360")), 15_360),
    ] {
        let service = Service::start(setting.as_slice());
        for (length, status) in [(longest, 200), (longest + 1, 414)] {
            let target = format!("/?{}", "a".repeat(length - 2));
            assert_eq!(service.get(&target).status, status, "{length} of {longest} bytes");
        }
    }
}
