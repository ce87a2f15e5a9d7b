//! What is refused, and leaves everything as it was.

use crate::setting::*;

#[test]
fn errors_have_their_line_and_column() {
    let file = both().replace("alias = \"staging\"", "alais = \"staging\"");
    let file = file.replace("111122223333", "1111");
    let laptop = laptop(&file);
    laptop.fails(
        laptop.run(INSTALL),
        1,
        &[
            "error: the team file cannot be used\n",
            "cause: team.toml:5:6: id: \"1111\" is not an AWS account id",
            "cause: team.toml:14:55: unknown key \"alais\"; known here: name, region, alias, namespace",
            "nothing was changed",
        ],
    );
    assert!(!laptop.home.path(".aws").exists());
}
