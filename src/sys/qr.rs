//! A link as a QR code for the terminal. Pure: text in, text out.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// The longest text, in bytes. The code of a longer one would not fit on a screen.
const MAX_TEXT: usize = 300;
/// The light modules around the code. ISO 18004 requires four; phones read it with two, and a screen has few rows.
const QUIET: i32 = 2;
/// The width of a terminal that is always there.
const MAX_COLUMNS: usize = 80;
/// Backgrounds, of the color cube as below.
const BLACK: &str = "\x1b[48;5;16m";
const WHITE: &str = "\x1b[48;5;231m";

/// Returns the code in half blocks, with two modules in each character; without `utf8` in ASCII, with two characters for each
/// module. Every row ends with a newline.
///
/// With `color` it is black on white, whatever the terminal's colors are. Without, light modules are drawn and dark ones are
/// left blank, which is correct on a dark terminal; on a light one it is inverted, which most readers also read.
///
/// `None` if the text has more than 300 bytes, or is too long for a code in ASCII that is 80 columns wide.
pub fn render(text: &str, color: bool, utf8: bool) -> Option<String> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    match utf8 {
        true => Some(in_half_blocks(&code, color)),
        false => in_ascii(&code, color),
    }
}

/// Returns the code in spaces on black and white; without `color`, with `##` for a light module.
fn in_ascii(code: &QrCode, color: bool) -> Option<String> {
    let modules = -QUIET..code.size() + QUIET;
    if 2 * modules.len() > MAX_COLUMNS {
        return None;
    }
    let mut shown = String::new();
    for y in modules.clone() {
        let mut before = None;
        for x in modules.clone() {
            let dark = code.get_module(x, y);
            if color && before != Some(dark) {
                shown += if dark { BLACK } else { WHITE };
            }
            before = Some(dark);
            shown += if color || dark { "  " } else { "##" };
        }
        shown += if color { "\x1b[0m\n" } else { "\n" };
    }
    Some(shown)
}

fn in_half_blocks(code: &QrCode, color: bool) -> String {
    // Outside of the code all modules are light.
    let drawn = |x, y| code.get_module(x, y) == color;
    let end = code.size() + QUIET;
    let mut shown = String::new();
    let mut y = -QUIET;
    while y < end {
        let row: String = (-QUIET..end)
            .map(|x| match (drawn(x, y), drawn(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            })
            .collect();
        // Black and white of the color cube: the sixteen named colors depend on the theme.
        let _ = if color {
            writeln!(shown, "\x1b[38;5;16;48;5;231m{row}\x1b[0m")
        } else {
            writeln!(shown, "{row}")
        };
        y += 2;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what a camera sees of the terminal: each half of a character is a square of pixels, light or dark.
    fn photograph(shown: &str, color: bool) -> Vec<Vec<bool>> {
        let mut rows = Vec::new();
        for line in shown.lines() {
            let line = if color {
                line.strip_prefix("\x1b[38;5;16;48;5;231m")
                    .and_then(|line| line.strip_suffix("\x1b[0m"))
                    .unwrap()
            } else {
                line
            };
            let half = |c: char, full: char| (c == full || c == '█') == color;
            rows.push(line.chars().map(|c| half(c, '▀')).collect());
            rows.push(line.chars().map(|c| half(c, '▄')).collect());
        }
        rows
    }

    fn read_back(dark: &[Vec<bool>]) -> String {
        const PIXELS: usize = 4;
        let (width, height) = (dark[0].len() * PIXELS, dark.len() * PIXELS);
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
            if dark[y / PIXELS][x / PIXELS] { 0 } else { 255 }
        });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    #[test]
    fn a_reader_reads_the_text_back() {
        let longest = format!("https://example.com/?{}", "aB3-".repeat(70))[..300].to_owned();
        for text in [
            "x",
            "https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH",
            "https://d-1234567890.awsapps.com/start/#/device?user_code=ABCD-EFGH",
            "HTTPS://EXAMPLE.COM/123",
            "https://example.com/caf\u{e9}?a=b&c=%20",
            &longest,
        ] {
            for color in [true, false] {
                let shown = render(text, color, true).unwrap();
                assert_eq!(read_back(&photograph(&shown, color)), text, "{color}");
            }
        }
    }

    /// In a locale without UTF-8, half blocks are shown as other characters.
    #[test]
    fn in_ascii_it_is_read_back_too() {
        let device = "https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH";
        for color in [true, false] {
            let shown = render(device, color, false).unwrap();
            assert!(shown.is_ascii());
            let row = |line: &str| {
                let marked = line.replace(BLACK, "d").replace(WHITE, "l");
                let (mut dark, mut row) = (false, Vec::new());
                for c in marked.replace("\x1b[0m", "").chars() {
                    match (c, color) {
                        ('d' | 'l', _) => dark = c == 'd',
                        (_, true) => row.push(dark),
                        (c, false) => row.push(c == ' '),
                    }
                }
                assert!(row.len() <= MAX_COLUMNS, "{}", row.len());
                row.chunks(2).map(|two| two[0]).collect::<Vec<_>>()
            };
            let dark: Vec<_> = shown.lines().map(row).collect();
            assert_eq!(read_back(&dark), device, "{color}");
        }
        assert_eq!(render(&"a".repeat(150), true, false), None);
    }

    #[test]
    fn there_is_a_quiet_zone_all_round() {
        for color in [true, false] {
            let dark = photograph(&render("https://example.com/", color, true).unwrap(), color);
            let quiet = |row: &Vec<bool>| row.iter().all(|dark| !dark);
            assert!(dark[..2].iter().all(quiet));
            // Half a character row is left over at the bottom: light as well.
            assert!(dark[dark.len() - 2..].iter().all(quiet));
            for row in &dark {
                assert!(!row[0] && !row[1] && !row[row.len() - 1] && !row[row.len() - 2]);
            }
        }
    }

    #[test]
    fn it_fits_a_screen_and_is_refused_when_it_would_not() {
        let device = "https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH";
        let shown = render(device, false, true).unwrap();
        assert!(shown.lines().count() <= 24 && shown.lines().all(|l| l.chars().count() <= 80));
        assert!(render(&"a".repeat(300), false, true).is_some());
        assert!(render(&"a".repeat(301), false, true).is_none());
        assert!(render(&"é".repeat(151), false, true).is_none());
    }
}
