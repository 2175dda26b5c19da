//! The text of `mote help`.

use std::fmt::Write;

use super::defaults::Config;
use super::settings::SETTINGS;

/// What `mote help` prints.
#[must_use]
pub fn help(defaults: &Config) -> String {
    let mut text = String::from(
        "mote: a minimal, production-ready web service\n\n\
         mote               serves\n\
         mote healthcheck   asks the own port whether it is healthy; exit code 0 or 1\n\
         mote version       prints the version; also -V, --version\n\
         mote help          prints this; also -h, --help\n\n\
         Settings, from the environment:\n",
    );
    for setting in SETTINGS {
        let default = (setting.format)(defaults);
        let _ = writeln!(text, "  {:<30} {} [{default}]", setting.name, setting.help);
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_setting() {
        for setting in SETTINGS {
            assert!(help(&Config::default()).contains(setting.name), "{}", setting.name);
        }
    }
}
