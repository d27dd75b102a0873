//! The time to verify a token, compared with the bare signature check of the crypto library.
//!
//! Run it with `cargo bench -p clerk_rls_core --bench token`. The bare check gets a parsed key, and the
//! message and signature as bytes. Target: `verify` takes at most 1.5 times as long. HMAC cannot meet the
//! target, because its check takes less time than reading 700 bytes; it is printed for information.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use aws_lc_rs::signature::{
    ParsedPublicKey, RsaPublicKeyComponents, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
};
use clerk_rls_core::token::{sign, verify, Algorithm, Issuer, IssuerRules, ParsedToken};
use std::hint::black_box;
use std::time::{Duration, Instant};

#[path = "../tests/fixtures/mod.rs"]
mod fixtures;

const CLAIMS: &str = concat!(
    r#"{"azp":"https://app.example.com","exp":1750000060,"fva":[3,-1],"iat":1750000000,"#,
    r#""iss":"https://clerk.example.com","jti":"f4a1c0ffee","nbf":1749999990,"sid":"sess_2abcdefghij","#,
    r#""sub":"user_2abcdefghijklmnop","v":2,"pla":"o:pro","fea":"o:teams,o:billing","#,
    r#""o":{"id":"org_2abc","rol":"admin","slg":"acme","per":"manage,read","fpm":"3,2"}}"#
);

/// The best round of each in microseconds. The rounds alternate, because other work on the machine can only
/// add time.
fn best<const N: usize>(rounds: usize, work: [&dyn Fn(); N]) -> [f64; N] {
    let mut best = [f64::MAX; N];
    let calls: Vec<u32> = work
        .iter()
        .map(|work| calls_in(Duration::from_millis(5), work))
        .collect();
    for _ in 0..rounds {
        for ((work, best), calls) in work.iter().zip(&mut best).zip(&calls) {
            let start = Instant::now();
            (0..*calls).for_each(|_| work());
            *best = best.min(start.elapsed().as_nanos() as f64 / f64::from(*calls) / 1000.0);
        }
    }
    best
}

fn calls_in(time: Duration, work: &dyn Fn()) -> u32 {
    let start = Instant::now();
    work();
    (time.as_nanos() / start.elapsed().as_nanos().max(1)).clamp(1, 10_000) as u32
}

type Check = Box<dyn Fn(&[u8], &[u8]) -> bool>;

fn bare(algorithm: Algorithm) -> Check {
    let jwk = fixtures::json(&fixtures::public_jwk(algorithm));
    let member = |name: &str| fixtures::decode(jwk[name].as_str().expect("a member"));
    let parsed = |key: ParsedPublicKey| -> Check {
        Box::new(move |message, signature| key.verify_sig(message, signature).is_ok())
    };
    let rsa = |parameters| {
        let key = RsaPublicKeyComponents {
            n: member("n"),
            e: member("e"),
        };
        parsed(key.to_parsed_public_key(parameters).expect("a key"))
    };
    let ec = |curve| {
        let point = [vec![4], member("x"), member("y")].concat();
        parsed(ParsedPublicKey::new(curve, point).expect("a key"))
    };
    let hmac = |hash| -> Check {
        let key = aws_lc_rs::hmac::Key::new(hash, &member("k"));
        Box::new(move |message, tag| aws_lc_rs::hmac::verify(&key, message, tag).is_ok())
    };
    match algorithm {
        Algorithm::HS256 => hmac(aws_lc_rs::hmac::HMAC_SHA256),
        Algorithm::HS384 => hmac(aws_lc_rs::hmac::HMAC_SHA384),
        Algorithm::HS512 => hmac(aws_lc_rs::hmac::HMAC_SHA512),
        Algorithm::RS256 => rsa(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => rsa(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => rsa(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => rsa(&RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => rsa(&RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => rsa(&RSA_PSS_2048_8192_SHA512),
        Algorithm::ES256 => ec(&ECDSA_P256_SHA256_FIXED),
        Algorithm::ES384 => ec(&ECDSA_P384_SHA384_FIXED),
        Algorithm::EdDSA => parsed(ParsedPublicKey::new(&ED25519, member("x")).expect("a key")),
    }
}

fn main() {
    // `cargo test --all-targets` runs this without the argument; one round is enough there.
    let rounds = if std::env::args().any(|argument| argument == "--bench") {
        60
    } else {
        1
    };
    for algorithm in fixtures::algorithms() {
        let rules = IssuerRules {
            issuer: Some(fixtures::ISSUER.to_owned()),
            authorized_parties: Some(vec!["https://app.example.com".to_owned()]),
            require_session: true,
            ..IssuerRules::default()
        };
        let issuer = Issuer::new(fixtures::keys(&fixtures::public_jwk(algorithm)), rules).expect("an issuer");
        let token = sign(CLAIMS, fixtures::private_jwk(algorithm), "{}").expect("a token");
        let (signed, signature) = token.rsplit_once('.').expect("a signature");
        let signature = fixtures::decode(signature);
        let check = bare(algorithm);
        let [bare, whole, parse] = best(
            rounds,
            [
                &|| assert!(check(black_box(signed.as_bytes()), &signature)),
                &|| assert!(verify(black_box(&token), &issuer, fixtures::NOW).is_ok()),
                &|| assert!(ParsedToken::parse(black_box(&token)).is_ok()),
            ],
        );
        println!(
            "{algorithm}  bare {bare:7.2} µs  verify {whole:7.2} µs  {:5.2} times  of it parse {parse:5.2}",
            whole / bare
        );
    }
    for count in [1, 100] {
        let one = |n: usize| {
            let kid =
                serde_json::json!({"kid": if n == 0 { fixtures::KID.to_owned() } else { format!("k{n}") }});
            fixtures::with(&fixtures::public_jwk(Algorithm::RS256), kid)
        };
        let jwks = format!(
            r#"{{"keys":[{}]}}"#,
            (0..count).map(one).collect::<Vec<_>>().join(",")
        );
        let issuer = fixtures::issuer(&jwks, IssuerRules::default());
        let token = sign(CLAIMS, fixtures::private_jwk(Algorithm::RS256), "{}").expect("a token");
        let [whole, read] = best(
            rounds,
            [
                &|| assert!(verify(black_box(&token), &issuer, fixtures::NOW).is_ok()),
                &|| assert!(fixtures::keys(black_box(&jwks)).len() == count),
            ],
        );
        println!("RS256 with {count:3} keys: verify {whole:.2} µs, reading the set {read:.1} µs");
    }
}
