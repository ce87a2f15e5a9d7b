//! The user keyring of the kernel.

use std::fs;

use crate::stores::person::{KEY_CALLS, Person};
use crate::stores::warnings;
use kit::home::Run;
use kit::laptop::{GET_TOKEN, LOGIN, files_below};

#[test]
fn one_key_that_every_process_of_the_user_can_read_for_a_time() {
    for person in [Person::new(), Person::plain()] {
        person.logs_in("kernel");
        let key = person.kernel_key().unwrap();
        let keys = person
            .laptop
            .succeeds(person.shell("file", "cat /proc/keys"))
            .stdout;
        let label = format!("apono-login:{}: 32", person.label());
        let lines: Vec<&str> = keys.lines().filter(|line| line.ends_with(&label)).collect();
        assert_eq!(lines.len(), 1, "{label}\n{keys}");
        let fields: Vec<&str> = lines[0].split_whitespace().collect();
        let [serial, _, _, expiry, mode, uid, _, kind, ..] = fields[..] else {
            panic!("{fields:?}");
        };
        assert_eq!(u32::from_str_radix(serial, 16).unwrap().to_string(), key);
        assert_eq!(mode, "3f3f0000");
        assert_eq!(uid, person.uid().to_string());
        assert_eq!(kind, "user");
        assert_ne!(expiry, "perm");
        assert!(!person.key_file().exists());
        person.hits("kernel");
        person.hits("auto");

        // No file in the folder holds the key.
        let script = format!("keyctl pipe {key} | od -An -v -tx1 | tr -d ' \\n'");
        let hex = person.laptop.succeeds(person.shell("file", &script)).stdout;
        assert_eq!(hex.len(), 64);
        for file in files_below(&person.cache()) {
            let bytes = fs::read(&file).unwrap();
            let told = bytes.windows(32).any(|part| in_hex(part) == hex);
            assert!(!told, "{}", file.display());
        }
    }
}

fn in_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The session keyring of the process does not matter: the one of the tests; one without a link to the user
/// keyring, as under sudo and in services; a revoked one, as in tmux after its session was logged out.
#[test]
fn the_session_keyring_does_not_matter() {
    let places = [
        "exec apono-login COMMAND",
        "exec keyctl session - apono-login COMMAND",
        "exec keyctl session somewhere apono-login COMMAND",
        "exec keyctl session - sh -c 'keyctl revoke @s; exec apono-login COMMAND'",
    ];
    for person in [Person::new, Person::plain] {
        for login in places {
            let person = person();
            let there =
                |place: &str, command| person.shell("kernel", &place.replace("COMMAND", command));
            let output = person.laptop.succeeds(there(login, LOGIN));
            assert_eq!(warnings(&output), [""; 0], "{login}: {output}");
            for place in places {
                person.answers(there(place, GET_TOKEN));
                assert_eq!(person.logins(), 1, "login by {login}, get-token by {place}");
            }
            person.laptop.succeeds(there(login, "logout --all"));
            assert_eq!(person.kernel_key(), None, "{login}");
        }
    }
}

#[test]
fn a_key_that_cannot_be_used_is_a_miss() {
    let spoils = [
        ("lost", "keyctl unlink $KEY @u"),
        ("all lost", "keyctl clear @u"),
        ("revoked", "keyctl revoke $KEY"),
        ("invalidated", "keyctl invalidate $KEY"),
        ("expired", "keyctl timeout $KEY 1; sleep 1.5"),
        (
            "short",
            "keyctl update $KEY 0123456789012345678901234567890",
        ),
        (
            "long",
            "keyctl update $KEY 012345678901234567890123456789012",
        ),
        (
            "another",
            "keyctl update $KEY 01234567890123456789012345678901",
        ),
        ("very long", "head -c 2000 /dev/zero | keyctl pupdate $KEY"),
    ];
    for (name, spoil) in spoils {
        println!("{name}");
        // `keyctl clear` would delete the keys of the user who runs the tests. A spare user has no other keys.
        let person = match name {
            "all lost" if Person::new().uid() != 0 => continue,
            "all lost" => Person::plain(),
            _ => Person::new(),
        };
        for store in ["kernel", "auto"] {
            person.laptop.succeeds(person.run(store, "logout --all"));
            person.logs_in(store);
            let key = person.kernel_key().unwrap();
            let script = spoil.replace("$KEY", &key);
            person.laptop.succeeds(person.shell("file", &script));
            person.misses(store);
            assert!(!person.key_file().exists(), "{name}");
        }
    }
}

/// Another person's entry for the same profile in the same files has another key.
#[test]
fn another_homes_entry_is_a_miss() {
    let people = [Person::new(), Person::new()];
    let [one, other] = &people;
    let files = |run: Run| {
        let file = |name: &str| one.home().join(".aws").join(name);
        run.env("AWS_CONFIG_FILE", file("config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", file("credentials"))
    };
    // The other laptop uses the first one's AWS.
    let env = one.laptop.aws.env();
    let run = |person: &Person, command: &str| {
        let run = files(person.run("kernel", command));
        env.iter()
            .fold(run, |run, (name, value)| run.env(name, value))
    };
    for person in &people {
        one.laptop.succeeds(run(person, LOGIN));
    }
    assert_eq!(one.logins(), 2);
    let [from, to] = people.each_ref().map(|person| person.entries().remove(0));
    assert_eq!(from.file_name(), to.file_name());
    fs::copy(from, to).unwrap();
    one.answers(run(other, GET_TOKEN));
    assert_eq!(one.logins(), 3);
    one.answers(run(one, GET_TOKEN));
    assert_eq!(one.logins(), 3);
}

/// Returns a person whose key quota is used up: the real quota if the tests can have a spare user, else a simulated one.
fn full() -> (Person, impl Fn(&Person, &str, &str) -> Run) {
    let person = Person::plain();
    let real = Person::new().uid() == 0;
    if real {
        let fill =
            "n=0; while keyctl add user fill$n x @u; do n=$((n+1)); done >/dev/null; echo $n";
        let filled = person.shell("file", fill).succeeds();
        let keys: u32 = filled.stdout.trim().parse().unwrap();
        assert!(keys > 10 && filled.stderr.contains("quota"), "{filled}");
    }
    let run = move |person: &Person, store: &str, command: &str| match real {
        true => person.run(store, command),
        false => person.refused("add_key:error=EDQUOT", store, command),
    };
    (person, run)
}

#[test]
fn a_full_quota_is_an_error_and_leads_auto_on() {
    let (person, run) = full();
    for command in [LOGIN, GET_TOKEN] {
        let run = run(&person, "kernel", command);
        person.laptop.fails(run, 1, "the kernel alone");
    }
    assert_eq!(person.logins(), 0);
    assert!(!person.key_file().exists());
    let output = person.laptop.succeeds(run(&person, "auto", LOGIN));
    output.recorded("auto");
    assert!(person.key_file().exists());
    person.hits("auto");
    let (store, why) = person.store_in_status(person.run("auto", "status --output json"));
    assert_eq!(store, "file");
    assert!(output.stderr.contains(&why.unwrap()), "{output}");
}

/// System calls that are forbidden, as by seccomp in containers or by a kernel without keyrings.
#[test]
fn forbidden_calls_are_an_error() {
    for errno in ["EPERM", "ENOSYS", "EACCES"] {
        let person = Person::new();
        let fault = format!("{KEY_CALLS}:error={errno}");
        for command in [LOGIN, GET_TOKEN] {
            let run = person.refused(&fault, "kernel", command);
            person.laptop.fails(run, 1, errno);
        }
        assert_eq!(person.logins(), 0, "{errno}");
        assert!(!person.key_file().exists(), "{errno}");

        // The same with an existing entry.
        person.logs_in("kernel");
        let run = person.refused(&fault, "kernel", GET_TOKEN);
        person
            .laptop
            .fails(run, 1, &format!("{errno}, with an entry"));
        assert!(!person.key_file().exists(), "{errno}");
        person.hits("kernel");
        let run = person.refused(&fault, "auto", GET_TOKEN);
        let output = person.laptop.succeeds(run);
        person.check_token(&output);
        assert_eq!(person.logins(), 2, "{errno}");
    }
}
