//! The address of an HTTP camera.

use std::fmt;

/// An `http://` or `https://` address without credentials.
///
/// `Display` and `Debug` leave the query out: some cameras take a password there.
#[derive(Clone, PartialEq, Eq)]
pub struct CameraUrl(reqwest::Url);

/// Why a text is no address of a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It cannot be read.
    #[error("this is no URL; write http://<address>/<path>")]
    Form,
    /// Another scheme than http and https.
    #[error("a camera's URL starts with http:// or https://")]
    Scheme,
    /// A user name or password is in it.
    #[error("credentials do not belong into the URL; use the view's `user` and `password_file`")]
    Credentials,
}

impl CameraUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it; never the text itself, which may hold a password.
    pub fn parse(text: &str) -> Result<CameraUrl, UrlError> {
        let url = reqwest::Url::parse(text).map_err(|_| UrlError::Form)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        Ok(CameraUrl(url))
    }

    /// Whether the camera has to show a certificate.
    pub(super) fn is_secret(&self) -> bool {
        self.0.scheme() == "https"
    }

    pub(super) fn url(&self) -> &reqwest::Url {
        &self.0
    }

    /// What is asked for, as it stands in the request and in the digest.
    pub(super) fn path_and_query(&self) -> String {
        match self.0.query() {
            None => self.0.path().to_owned(),
            Some(query) => format!("{}?{query}", self.0.path()),
        }
    }
}

impl fmt::Display for CameraUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(self.0.path())
    }
}

impl fmt::Debug for CameraUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CameraUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_without_credentials_is_an_address() {
        for (text, want) in [
            ("http://10.0.0.7/mjpeg", None),
            ("http://camera.line1:8080/axis-cgi/mjpg/video.cgi?fps=10", None),
            ("http://[fe80::1]/x", None),
            ("https://10.0.0.7/mjpeg", None),
            ("rtsp://10.0.0.7/", Some(UrlError::Scheme)),
            ("file:///etc/passwd", Some(UrlError::Scheme)),
            ("http://root:pass@10.0.0.7/", Some(UrlError::Credentials)),
            ("http://root@10.0.0.7/", Some(UrlError::Credentials)),
            ("10.0.0.7/mjpeg", Some(UrlError::Form)),
            ("http://", Some(UrlError::Form)),
        ] {
            assert_eq!(CameraUrl::parse(text).err(), want, "{text}");
        }
    }

    #[test]
    fn what_may_hold_a_password_is_not_printed() {
        let url = CameraUrl::parse("http://10.0.0.7:81/snap.cgi?user=a&pwd=s3cret").unwrap();
        assert_eq!(url.to_string(), "http://10.0.0.7:81/snap.cgi");
        assert_eq!(format!("{url:?}"), "CameraUrl(http://10.0.0.7:81/snap.cgi)");
        assert_eq!(url.path_and_query(), "/snap.cgi?user=a&pwd=s3cret");
    }
}
