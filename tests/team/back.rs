//! Taking it back: byte for byte what was there before.

use crate::laptop::files_below;
use crate::setting::*;

const CONFIG: &str = "# mine\n[default]\nregion = us-east-1 # home\n\n[profile work]\n; nothing yet\noutput=json\n\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n";
const KUBECONFIG: &str = "# mine\napiVersion: v1\nkind: Config\nclusters:\n- name: kind\n  cluster: {server: 'https://127.0.0.1:1'} # here\ncontexts:\n- name: kind\n  context: {cluster: kind, user: kind}\nusers:\n- name: kind\n  user: {token: secret}\ncurrent-context: kind\n";

#[test]
fn uninstall_all_leaves_every_byte_as_it_was() {
    for newline in ["\n", "\r\n"] {
        let (config, kubeconfig) = (
            CONFIG.replace('\n', newline),
            KUBECONFIG.replace('\n', newline),
        );
        let laptop = laptop(&both());
        laptop.home.write(".aws/config", &config);
        laptop.home.write(".kube/config", &kubeconfig);
        let output = signing_in(&laptop, INSTALL);
        assert!(output.status.success(), "{output}");
        assert_eq!(contexts(&laptop), ["kind", "prod", "staging"]);
        let shown = laptop.succeeds(laptop.run("uninstall --all --dry-run"));
        for line in [
            "-[profile apono-k8s-access-prod]",
            "-[profile Engineer-444455556666]",
            "-[sso-session example]",
            "-  name: prod",
        ] {
            assert!(
                shown.stdout.contains(&format!("\n{line}\n")),
                "{line}: {shown}"
            );
        }
        let done = laptop.succeeds(laptop.run("uninstall --all"));
        done.explains(&[
            "Removed the entries of apono-k8s-access-prod, apono-k8s-access-staging from ",
            "Removed profile apono-k8s-access-prod, profile apono-k8s-access-staging, profile Engineer-",
            "sso-session example from ",
            "Signed out at https://example.awsapps.com/start",
            "Forgot the cached credentials",
        ]);
        assert_eq!(files(&laptop).0, config);
        // It was current, and is no more: kubectl's own doing aside, that is the one line that install changed.
        let current = format!("current-context: \"\"{newline}");
        let theirs = kubeconfig.replace(&format!("current-context: kind{newline}"), &current);
        assert_eq!(files(&laptop).1, theirs);
        assert!(files_below(&laptop.home.path(".cache")).is_empty());
        let again = laptop.succeeds(laptop.run("uninstall --all"));
        again.explains(&["There is nothing to remove"]);
    }
}
