//! The command that `exec` runs is not repeated: it may hold a secret.

use kit::laptop::Laptop;

#[test]
fn the_words_of_another_program_are_not_repeated() {
    let laptop = Laptop::with_config("");
    for profile in ["one", "two"] {
        let config = laptop.home.read(".aws/config");
        let section =
            kit::laptop::PROFILE.replace("profile apono-k8s-access", &format!("profile {profile}"));
        laptop
            .home
            .write(".aws/config", format!("{config}{section}"));
    }
    let command = "exec -- curl -u alice:hunter2 --profile three";
    let output = laptop.fails(laptop.run(command), 2, "several profiles");
    assert!(!output.stderr.contains("hunter2"), "{output}");
}
