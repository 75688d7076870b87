//! The media service's keys.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU16,
};

use serde::{Deserialize, Serialize};

use super::value::{Endpoint, Storage, optional, size};

/// Upload and download.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediaConfig {
    /// Where a media service of a cluster serves; standalone serves media on the gateway's port.
    pub listen: SocketAddr,
    /// Where media are kept. Absent in standalone: `media` in the data directory.
    #[serde(deserialize_with = "optional::deserialize")]
    pub storage: Option<Storage>,
    /// What the URLs of media begin with, such as `https://chat.example.com`. Absent: they are
    /// paths on the origin that serves the API.
    #[serde(deserialize_with = "optional::deserialize")]
    pub public_url: Option<Endpoint>,
    /// The largest file of `POST /api/media/upload`, in bytes.
    #[serde(with = "size")]
    pub max_media_size: u64,
    /// The largest file of `POST /api/upload`, in bytes.
    #[serde(with = "size")]
    pub max_upload_size: u64,
    /// The largest photo of a group, in bytes.
    #[serde(with = "size")]
    pub max_photo_size: u64,
    /// The most pixels (width times height) of an image that is decoded.
    pub max_image_pixels: u64,
    /// The most memory that decoding one image may take, in bytes.
    #[serde(with = "size")]
    pub max_image_memory: u64,
    /// The longer side of a thumbnail, in pixels.
    pub thumbnail_pixels: NonZeroU16,
    /// How many images are decoded at once.
    pub decodes_at_once: NonZeroU16,
    /// How many images may wait for that before uploads are refused.
    pub decodes_waiting: u16,
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 3101),
            storage: None,
            public_url: None,
            max_media_size: 20 * 1024 * 1024,
            max_upload_size: 50 * 1024 * 1024,
            max_photo_size: 5 * 1024 * 1024,
            max_image_pixels: 50_000_000,
            max_image_memory: 256 * 1024 * 1024,
            thumbnail_pixels: NonZeroU16::MIN.saturating_add(319),
            decodes_at_once: NonZeroU16::MIN.saturating_add(1),
            decodes_waiting: 32,
        }
    }
}
