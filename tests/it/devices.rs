//! Windows has names of devices in every folder, and streams beside the content of a file: a command that takes a file neither reads
//! nor writes them.

use kit::laptop::{LOGIN, Laptop, UPDATE_KUBECONFIG};

fn commands(name: &str) -> [String; 4] {
    [
        format!("token inspect {name}"),
        format!("install --from {name}"),
        format!("{UPDATE_KUBECONFIG} --kubeconfig {name}"),
        format!("policy check {name}"),
    ]
}

#[test]
fn a_device_is_neither_read_nor_written() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    for name in ["NUL", r"\\.\NUL", r".kube\nul", "CON", r"\\.\CON"] {
        for command in commands(name) {
            let output = laptop.run(&command).output();
            assert!(!output.status.success(), "{output}");
            assert_eq!(output.stdout, "", "{output}");
            let says_so = ["not a file", "not a regular file"];
            let says_so = says_so.iter().any(|text| output.stderr.contains(text));
            assert!(says_so || name.contains("CON"), "{output}");
        }
        let run = laptop.run(UPDATE_KUBECONFIG).env("KUBECONFIG", name);
        let output = run.output();
        assert!(!output.status.success(), "{output}");
    }
}

#[test]
fn a_stream_of_a_file_is_not_written() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    for name in ["new:stream", "new::$DATA"] {
        let command = format!("{UPDATE_KUBECONFIG} --kubeconfig {name}");
        let output = laptop.run(&command).output();
        assert!(!output.status.success(), "{output}");
        assert!(!laptop.home.path("new").exists(), "{output}");
    }
}
