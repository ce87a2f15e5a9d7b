use super::Problem;
use zeroize::Zeroizing;
pub fn read(_label: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Problem> {
    Err(Problem::OtherSystem)
}
pub fn remove(_label: &str) -> Result<(), Problem> {
    Err(Problem::OtherSystem)
}
pub fn write(_label: &str, _key: &[u8; 32]) -> Result<(), Problem> {
    Err(Problem::OtherSystem)
}
