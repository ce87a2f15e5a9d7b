//! Two profiles for one cluster, installed one after the other and removed in either order.

use kit::laptop::Laptop;
use kit::standin::{Options, ROLE_ARN, Role};

const CONFIG: &str = "# mine\n[default]\nregion = us-east-1\n";
/// Other people's entries, one of them for the same cluster as the AWS CLI writes it.
const KUBECONFIG: &str = "\
# mine
apiVersion: v1
kind: Config
clusters:
- name: kind
  cluster: {server: 'https://127.0.0.1:1'} # here
- name: arn:aws:eks:eu-west-1:111122223333:cluster/prod
  cluster: {server: 'https://prod.example'}
contexts:
- name: kind
  context: {cluster: kind, user: kind}
- name: by-aws
  context: {cluster: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod', user: by-aws}
users:
- name: kind
  user: {}
- name: by-aws
  user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws, args: [eks, get-token]}}
current-context: kind
";
const PROFILES: [(&str, &str); 2] = [("one", "apono-k8s-access"), ("two", "apono-k8s-other")];

/// Returns the commands that set up a profile with this role, and a context. Those of `install` are named after the cluster: the
/// second profile takes over the context of the first.
type Way = fn(&Laptop, &str, &str) -> Vec<String>;

fn install(_: &Laptop, profile: &str, role: &str) -> Vec<String> {
    let flags = "--account-id 111122223333 --email alice@example.com --region eu-west-1";
    vec![format!(
        "install {flags} --profile {profile} --role-name {role} --cluster-name prod --yes"
    )]
}

fn update_kubeconfig(laptop: &Laptop, profile: &str, role: &str) -> Vec<String> {
    let [install] = &install(laptop, profile, role)[..] else {
        panic!("more than one command");
    };
    let update = "update-kubeconfig --name prod --region eu-west-1 --no-switch";
    vec![
        install.replace(" --cluster-name prod", ""),
        format!("{update} --profile {profile} --alias {profile}"),
        // Another name for the user: that of the first command is left without a context.
        format!("{update} --profile {profile} --alias {profile} --user-alias {profile}"),
    ]
}

fn team_file(laptop: &Laptop, profile: &str, role: &str) -> Vec<String> {
    let file = format!("{profile}.toml");
    let account = "[[accounts]]\nid = \"111122223333\"\nsource_profile = \"default\"\n";
    let cluster = format!("{{ name = \"prod\", region = \"eu-west-1\", alias = \"{profile}\" }}");
    let text =
        format!("team = \"{profile}\"\nrole_name = \"{role}\"\n{account}clusters = [{cluster}]\n");
    laptop.home.write(&file, text);
    let flags = "--email alice@example.com --yes";
    vec![format!("install --from {file} {flags} --profile {profile}")]
}

#[test]
fn every_byte_is_as_before() {
    for way in [install as Way, update_kubeconfig, team_file] {
        for order in [["one", "two"], ["two", "one"]] {
            let roles = [ROLE_ARN.to_owned(), ROLE_ARN.replace("access", "other")];
            let laptop = Laptop::bare(Options {
                roles: roles.iter().map(|role| Role::guide(role)).collect(),
                ..Options::default()
            });
            let home = &laptop.home;
            home.write(".aws/config", CONFIG);
            home.write(".kube/config", KUBECONFIG);
            for (profile, role) in PROFILES {
                for command in way(&laptop, profile, role) {
                    laptop.succeeds(laptop.run(&command));
                }
                let written = home.read(".kube/config");
                assert!(written.contains(profile), "{written}");
            }
            for profile in order {
                let uninstall = format!("uninstall --profile {profile} --yes");
                laptop.succeeds(laptop.run(&uninstall));
            }
            assert_eq!(home.read(".kube/config"), KUBECONFIG, "{order:?}");
            assert_eq!(home.read(".aws/config"), CONFIG, "{order:?}");
        }
    }
}
