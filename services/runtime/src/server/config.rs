use crate::access::AccessConfig;
use crate::tls::TlsConfig;
use clap::builder::RangedU64ValueParser;
use std::net::SocketAddr;

/// How a process listens.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Server")]
pub struct ServerConfig {
    /// Address to listen on; port 0 picks a free one. 0.0.0.0 lets other machines in.
    #[arg(long, env = "ENRICH_LISTEN", default_value = "127.0.0.1:50051")]
    pub listen: SocketAddr,
    /// Longest wait for calls in flight at shutdown, in seconds; then they are cut.
    #[arg(
        long,
        env = "ENRICH_DRAIN_SECONDS_MAX",
        default_value_t = 20,
        value_parser = RangedU64ValueParser::<u64>::new().range(0..=3600)
    )]
    pub drain_seconds_max: u64,
    /// Time between the pings that keep a connection alive, in seconds.
    #[arg(
        long,
        env = "ENRICH_KEEPALIVE_SECONDS",
        default_value_t = 30,
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=3600)
    )]
    pub keepalive_seconds: u64,
    /// Most calls of one connection at a time; further ones wait at the caller's end.
    #[arg(
        long,
        env = "ENRICH_CONNECTION_STREAMS_MAX",
        default_value_t = 1024,
        value_parser = RangedU64ValueParser::<u32>::new().range(1..=1_000_000)
    )]
    pub connection_streams_max: u32,
    /// Most connections at a time; further ones are closed at once.
    #[arg(
        long,
        env = "ENRICH_CONNECTIONS_MAX",
        default_value_t = 4096,
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000)
    )]
    pub connections_max: usize,
    /// Longest time that a new connection may take to say that it speaks HTTP/2, TLS included, in seconds.
    #[arg(
        long,
        env = "ENRICH_HANDSHAKE_SECONDS_MAX",
        default_value_t = 10,
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=300)
    )]
    pub handshake_seconds_max: u64,
    /// Most that the headers of a request may hold together, in bytes.
    #[arg(
        long,
        env = "ENRICH_HEADER_BYTES_MAX",
        default_value_t = 16 << 10,
        value_parser = RangedU64ValueParser::<u32>::new().range(1 << 10..=1 << 20)
    )]
    pub header_bytes_max: u32,
    /// Age at which a connection is asked to close once its calls are over, in seconds, so that callers spread over new
    /// processes; by default none.
    #[arg(
        long,
        env = "ENRICH_CONNECTION_AGE_SECONDS_MAX",
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=86_400)
    )]
    pub connection_age_seconds_max: Option<u64>,
    /// Whether to serve grpc.health.v1.Health.
    #[arg(long, env = "ENRICH_HEALTH", value_enum, default_value_t = Switch::On)]
    pub health: Switch,
    /// Address of a second port, which serves grpc.health.v1.Health without TLS and nothing else, for probes that speak none;
    /// by default there is none.
    #[arg(long, env = "ENRICH_HEALTH_LISTEN", value_name = "ADDRESS")]
    pub health_listen: Option<SocketAddr>,
    /// Whether to serve reflection, v1 and v1alpha: what grpcurl lists services with.
    #[arg(long, env = "ENRICH_REFLECTION", value_enum, default_value_t = Switch::On)]
    pub reflection: Switch,
    /// TLS.
    #[command(flatten)]
    pub tls: TlsConfig,
    /// Keys and tokens.
    #[command(flatten)]
    pub access: AccessConfig,
}

impl Default for ServerConfig {
    /// The defaults that `--help` shows.
    fn default() -> Self {
        ServerConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 50051)),
            drain_seconds_max: 20,
            keepalive_seconds: 30,
            connection_streams_max: 1024,
            connections_max: 4096,
            handshake_seconds_max: 10,
            header_bytes_max: 16 << 10,
            connection_age_seconds_max: None,
            health: Switch::On,
            health_listen: None,
            reflection: Switch::On,
            tls: TlsConfig::default(),
            access: AccessConfig::default(),
        }
    }
}

/// Whether something is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}
