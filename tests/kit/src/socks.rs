//! A SOCKS5 proxy on loopback (RFC 1928, RFC 1929), which notes where it was asked to connect to.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A running proxy. It ends with the process.
#[derive(Debug, Clone)]
pub struct Socks {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

/// What the proxy wants, and does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// The user name and the password that it wants.
    pub login: Option<(&'static str, &'static str)>,
    /// The reply to each request to connect, in place of 0 (RFC 1928, section 6).
    pub reply: u8,
    /// The port on loopback to which names of hosts lead.
    pub names_lead_to: Option<u16>,
}

impl Socks {
    pub fn start(rules: Rules) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let proxy = Socks {
            address: listener.local_addr().unwrap(),
            asked: Arc::clone(&asked),
        };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let asked = Arc::clone(&asked);
                std::thread::spawn(move || serve(stream, rules, &asked));
            }
        });
        proxy
    }

    /// Returns the host and port of each request to connect, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn bytes(stream: &mut TcpStream, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Reads a length and that many bytes.
fn text(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = bytes(stream, 1)?[0];
    bytes(stream, length.into())
}

fn serve(mut stream: TcpStream, rules: Rules, asked: &Mutex<Vec<String>>) -> io::Result<()> {
    assert_eq!(bytes(&mut stream, 1)?, [5]);
    let methods = text(&mut stream)?;
    let wanted = if rules.login.is_some() { 2 } else { 0 };
    if !methods.contains(&wanted) {
        return stream.write_all(&[5, 0xff]);
    }
    stream.write_all(&[5, wanted])?;
    if let Some((user, password)) = rules.login {
        assert_eq!(bytes(&mut stream, 1)?, [1]);
        let (given_user, given) = (text(&mut stream)?, text(&mut stream)?);
        let fits = given_user == user.as_bytes() && given == password.as_bytes();
        stream.write_all(&[1, u8::from(!fits)])?;
        if !fits {
            return Ok(());
        }
    }
    let request = bytes(&mut stream, 4)?;
    assert_eq!(request[..3], [5, 1, 0]);
    let host = match request[3] {
        1 => Ipv4Addr::from(<[u8; 4]>::try_from(bytes(&mut stream, 4)?).unwrap()).to_string(),
        4 => Ipv6Addr::from(<[u8; 16]>::try_from(bytes(&mut stream, 16)?).unwrap()).to_string(),
        _ => String::from_utf8(text(&mut stream)?).unwrap(),
    };
    let port = bytes(&mut stream, 2)?;
    let port = u16::from_be_bytes([port[0], port[1]]);
    asked.lock().unwrap().push(format!("{host}:{port}"));
    let target = match (request[3], rules.names_lead_to) {
        (3, Some(port)) => TcpStream::connect((Ipv4Addr::LOCALHOST, port)),
        _ => TcpStream::connect((host.as_str(), port)),
    };
    let reply = match &target {
        Err(_) if rules.reply == 0 => 5,
        _ => rules.reply,
    };
    stream.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0])?;
    let (0, Ok(mut target)) = (reply, target) else {
        return Ok(());
    };
    let (mut from, mut to) = (stream.try_clone()?, target.try_clone()?);
    std::thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    io::copy(&mut target, &mut stream)?;
    stream.shutdown(Shutdown::Write)
}
