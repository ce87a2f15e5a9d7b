//! Many entries at once.

use super::*;

/// However many entries there are: one parse of what is there and one of the result. One that the file cannot take is found by
/// halves.
#[test]
fn many_entries_are_arranged_in_two_parses() {
    let new = |number: usize| {
        let name = format!("c{number}");
        let args = ["get-token", "--cluster-name", &name, "--profile", "dev"];
        let exec = exec(&args);
        let cluster = config::Cluster {
            name: name.clone(),
            server: "https://example.eks.amazonaws.com".to_owned(),
            certificate_authority_data: "QQ==".to_owned(),
            proxy_url: None,
        };
        let user = User {
            name: name.clone(),
            exec,
            kept_env: Vec::new(),
        };
        let namespace = None;
        let entry = Entry {
            cluster,
            user,
            context: Context { name, namespace },
            former_cluster: String::new(),
        };
        New {
            entry,
            command: crate::failure::command::Command::new(""),
            was_current: false,
        }
    };
    let arranged = |file: &[u8], new: &[New]| {
        let before = config::PARSES.get();
        let mut files = Kubeconfigs::default();
        files.add(PathBuf::from("config"), file.to_vec()).unwrap();
        let arranged = clusters::arrange(&files, new, true).unwrap();
        let impossible = arranged.added.iter().filter(|added| added.is_err()).count();
        let after = arranged.after.into_iter().next().unwrap();
        (after, impossible, config::PARSES.get() - before)
    };
    let all: Vec<_> = (0..64).map(new).collect();
    let (after, _, parses) = arranged(KUBECONFIGS[0].as_bytes(), &all);
    assert_eq!(parses, 2);
    let (same, _, parses) = arranged(&after, &all);
    assert_eq!((same, parses), (after, 1));
    let insecure = "clusters:\n- name: c7\n  cluster: {insecure-skip-tls-verify: true}\nusers: []\ncontexts: []\n";
    let (_, impossible, parses) = arranged(insecure.as_bytes(), &all);
    assert_eq!(impossible, 1);
    // A half at each step; and the key `current-context`, which is not there, is added after the items.
    assert!(parses <= 3 + 6, "{parses}");
}
