//! Servers on this machine that stand for issuers of tokens and for functions.

use std::sync::{Arc, Mutex, OnceLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaKeyPair};
use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::datapath::outside::Place;

type Asked = Arc<Mutex<Vec<(String, Value)>>>;

/// A server on a free port of 127.0.0.1.
pub(super) struct Local {
    port: u16,
    asked: Asked,
}

impl Local {
    /// Answers each path and JSON body with a status and JSON, or never.
    pub(super) async fn serve<F>(answer: F) -> Local
    where
        F: Fn(&str, &Value) -> Option<(u16, Value)> + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, answer) = (Asked::default(), Arc::new(answer));
        let all = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, asked) = (answer.clone(), asked.clone());
                let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                    let (answer, asked) = (answer.clone(), asked.clone());
                    async move {
                        let path = request.uri().path().to_owned();
                        let body = request.into_body().collect().await?.to_bytes();
                        let body = serde_json::from_slice(&body).unwrap_or_default();
                        let answer = answer(&path, &body);
                        asked.lock().unwrap().push((path, body));
                        let Some((status, answer)) = answer else { return std::future::pending().await };
                        let mut response = Response::new(Full::new(Bytes::from(answer.to_string())));
                        *response.status_mut() = StatusCode::from_u16(status).unwrap();
                        Ok::<_, hyper::Error>(response)
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Local { port, asked: all }
    }

    /// Paths and bodies that it was asked.
    pub(super) fn asked(&self) -> Vec<(String, Value)> {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn place(&self) -> Place {
        format!("http://127.0.0.1:{}", self.port).parse().unwrap()
    }
}

/// A key with the id `k0` or `k1`.
pub(super) struct Key {
    id: &'static str,
    pair: RsaKeyPair,
}

/// One of two keys that are made once for all tests.
pub(super) fn key(number: usize) -> &'static Key {
    static KEYS: OnceLock<[Key; 2]> = OnceLock::new();
    let key = |id| Key { id, pair: RsaKeyPair::generate(KeySize::Rsa2048).unwrap() };
    &KEYS.get_or_init(|| [key("k0"), key("k1")])[number]
}

impl Key {
    /// As an issuer publishes it.
    pub(super) fn published(&self) -> Value {
        let public = self.pair.public_key();
        let modulus = public.modulus().big_endian_without_leading_zero();
        let exponent = public.exponent().big_endian_without_leading_zero();
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        json!({"kty": "RSA", "use": "sig", "kid": self.id, "n": text(modulus), "e": text(exponent)})
    }

    /// A token with these claims.
    pub(super) fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({"alg": "RS256", "kid": self.id}), claims)
    }

    /// A token with this header and these claims.
    pub(super) fn token_with(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let message = format!("{}.{}", part(header), part(claims));
        let padding = match header["alg"].as_str().unwrap() {
            "RS384" => &RSA_PKCS1_SHA384,
            "RS512" => &RSA_PKCS1_SHA512,
            _ => &RSA_PKCS1_SHA256,
        };
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(padding, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
    }
}
