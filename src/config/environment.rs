//! From the environment to a [`Config`].

use super::defaults::Config;
use super::error::Error;
use super::settings::SETTINGS;

/// What the names of all settings begin with.
const PREFIX: &str = "MOTE_";

/// Reads the process's environment, with what is not set left as it is in `defaults`.
///
/// # Errors
/// One for each variable that is not valid or not known.
pub fn from_environment(defaults: Config) -> Result<Config, Vec<Error>> {
    let mut variables = Vec::new();
    for (name, value) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            variables.push((name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
        }
    }
    from_variables(defaults, variables)
}

/// Reads settings from the variables whose names have the prefix.
fn from_variables(mut config: Config, mut variables: Vec<(String, String)>) -> Result<Config, Vec<Error>> {
    let mut errors = Vec::new();
    for setting in SETTINGS {
        let Some(index) = variables.iter().position(|(name, _)| name == setting.name) else { continue };
        let (_, value) = variables.swap_remove(index);
        if (setting.set)(&mut config, &value).is_none() {
            errors.push(Error::Invalid { setting, value });
        }
    }
    errors.extend(variables.into_iter().map(|(name, _)| Error::unknown(name)));
    if config.port == config.metrics_port && config.port != 0 {
        errors.push(Error::SamePort(config.port));
    }
    if errors.is_empty() { Ok(config) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Result<Config, Vec<Error>> {
        let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        from_variables(Config::default(), owned.collect())
    }

    fn errors(pairs: &[(&str, &str)]) -> Vec<String> {
        with(pairs).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_empty_environment_gives_the_defaults() {
        assert_eq!(with(&[]).unwrap(), Config::default());
    }

    #[test]
    fn every_default_is_valid_for_its_own_setting() {
        for setting in SETTINGS {
            let text = (setting.format)(&Config::default());
            assert_eq!(with(&[(setting.name, &text)]).unwrap(), Config::default(), "{}", setting.name);
        }
    }

    #[test]
    fn every_setting_changes_the_config() {
        let changed = [
            ("MOTE_ADDRESS", "::1"),
            ("MOTE_PORT", "1"),
            ("MOTE_MESSAGE", "x"),
            ("MOTE_LOG_LEVEL", "debug"),
            ("MOTE_LOG_FORMAT", "text"),
            ("MOTE_LOG_PROBES", "true"),
            ("MOTE_METRICS_PORT", "0"),
            ("MOTE_CLOUDWATCH_EMF", "true"),
            ("MOTE_ENVIRONMENT", "prod"),
            ("MOTE_ACCESS_LOG_SAMPLE", "5"),
            ("MOTE_TRUSTED_HOPS", "1"),
            ("MOTE_WORKERS", "5"),
            ("MOTE_MAX_CONNECTIONS", "5"),
            ("MOTE_MAX_TARGET_BYTES", "15360"),
            ("MOTE_KEEPALIVE_TIMEOUT_SECONDS", "5"),
            ("MOTE_DRAIN_DELAY_SECONDS", "1"),
            ("MOTE_SHUTDOWN_TIMEOUT_SECONDS", "5"),
        ];
        assert_eq!(changed.len(), SETTINGS.len());
        for pair in changed {
            assert_ne!(with(&[pair]).unwrap(), Config::default(), "{}", pair.0);
        }
    }

    #[test]
    fn all_errors_are_reported_at_once_and_name_their_variable() {
        assert_eq!(
            errors(&[("MOTE_PORT", "65536"), ("MOTE_LOG_LEVEL", "loud"), ("MOTE_MESSAGE", ""), ("MOTE_PROT", "9")]),
            [
                r#"MOTE_PORT is "65536", but has to be a whole number from 0 to 65535"#,
                r#"MOTE_MESSAGE is "", but has to be 1 to 1024 bytes of text without control characters"#,
                r#"MOTE_LOG_LEVEL is "loud", but has to be one of off, error, warn, info, debug, trace"#,
                "MOTE_PROT is no setting; the nearest one is MOTE_PORT",
            ]
        );
    }

    #[test]
    fn a_setting_that_does_not_exist_names_the_nearest_one() {
        for (wrong, nearest) in [
            ("MOTE_LOGLEVEL", "MOTE_LOG_LEVEL"),
            ("MOTE_PORT_8080_TCP", "MOTE_PORT"),
            ("MOTE_DRAIN_DELAY_SECOND", "MOTE_DRAIN_DELAY_SECONDS"),
            ("MOTE_", "MOTE_PORT"),
        ] {
            assert_eq!(errors(&[(wrong, "1")]), [format!("{wrong} is no setting; the nearest one is {nearest}")]);
        }
    }

    #[test]
    fn what_kubernetes_says_of_a_service_named_mote_is_no_port() {
        assert_eq!(
            errors(&[("MOTE_PORT", "tcp://10.0.0.1:80")]),
            [r#"MOTE_PORT is "tcp://10.0.0.1:80", but has to be a whole number from 0 to 65535"#]
        );
    }

    #[test]
    fn the_two_ports_are_different_ones() {
        let right = ["MOTE_PORT and MOTE_METRICS_PORT are both 9090, but have to be different ports"];
        assert_eq!(errors(&[("MOTE_PORT", "9090")]), right);
        assert!(with(&[("MOTE_PORT", "0"), ("MOTE_METRICS_PORT", "0")]).is_ok());
    }

    #[test]
    fn a_message_cannot_smuggle_control_characters_or_bytes_that_are_not_text() {
        for bad in ["a\r\nb", "a\u{0}", "\u{fffd}", &"x".repeat(1025)] {
            assert!(with(&[("MOTE_MESSAGE", bad)]).is_err(), "{bad:?}");
        }
    }
}
