//! What kubectl and botocore read.

use kit::laptop::Laptop;
use kit::tools;

/// Returns what kubectl prints.
pub fn kubectl(laptop: &Laptop, arguments: &str) -> String {
    let words = arguments.split(' ');
    let output = laptop.home.run(tools::kubectl("1.37"), words).output();
    output.stdout.trim().to_owned()
}

/// Returns the names of all contexts, as kubectl reads them.
#[track_caller]
pub fn contexts(laptop: &Laptop) -> Vec<String> {
    let names = kubectl(laptop, "config get-contexts -o name");
    names.lines().map(str::to_owned).collect()
}

pub fn current(laptop: &Laptop) -> String {
    kubectl(laptop, "config current-context")
}

#[track_caller]
pub fn lists_pods(laptop: &Laptop, context: &str) {
    let get = format!("get pods --namespace default --context {context}");
    let pods = kubectl(laptop, &get);
    assert!(pods.contains("cart-"), "{pods}");
}

/// Returns all profiles, as botocore reads them (like `aws configure list-profiles`, which version 1 does not have).
#[track_caller]
pub fn profiles(laptop: &Laptop) -> Vec<String> {
    let script = "import botocore.session, json; print(json.dumps(botocore.session.Session().available_profiles))";
    let read = laptop.home.run(tools::python(), ["-c", script]).succeeds();
    let mut names: Vec<String> = serde_json::from_value(read.json()).unwrap();
    names.sort();
    names
}
