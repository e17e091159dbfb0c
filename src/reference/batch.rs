//! The demonstration batch: a made-up university, the standard profile, and consent texts like
//! those of a real batch.

use crate::{
    code::FeatureCode,
    contract::{Batch, ConsentText, ConsentTexts},
    profile::Profile,
    time::Wall,
};

/// 2020-01-01 00:00 in China.
const OPENS_MS: i64 = 1_577_808_000_000;
/// 2030-12-31 24:00 in China.
const CLOSES_MS: i64 = 1_924_963_200_000;

/// 2030-06-30 24:00 in China.
const KNOWN_THROUGH_MS: i64 = 1_909_065_600_000;

/// Returns the batch that every new reference platform offers.
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test builds it"
)]
pub fn demo_batch() -> Batch {
    Batch {
        feature_code: FeatureCode::parse("D3PZ85").expect("six letters and digits"),
        serial: 1,
        school: "示例大学".to_owned(),
        name: "毕业生图像采集（演示）".to_owned(),
        opens: Wall::from_unix_ms(OPENS_MS),
        closes: Wall::from_unix_ms(CLOSES_MS),
        known_through: Wall::from_unix_ms(KNOWN_THROUGH_MS),
        revoked: false,
        fee_fen: 0,
        code_shapes: [].into(),
        profile: Profile::standard_99(),
        consent: ConsentTexts {
            version: "2026-1".to_owned(),
            zh: chinese(),
            en: english(),
        },
    }
}

fn chinese() -> ConsentText {
    ConsentText {
        handler: "示例大学招生就业处，privacy@shili.example".to_owned(),
        recipients: "示例图像采集平台（示例数据有限公司，privacy@caiji.example）；学信网（联系方式见其官方网站）".to_owned(),
        purpose: "拍摄、审核并注册学历证书电子图像；不作人脸识别，不作他用".to_owned(),
        retention: "本机：收到平台回执即删除；平台：批次结束后七个工作日；同意记录（不含人脸）：三年".to_owned(),
        withdrawal: "随时可向工作人员提出，或凭回执短码写信到上述邮箱；上传前撤回，照片立即销毁".to_owned(),
        full: include_str!("consent_zh.txt").to_owned(),
    }
}

fn english() -> ConsentText {
    ConsentText {
        handler: "Admissions and Careers Office, Shili University, privacy@shili.example".to_owned(),
        recipients: "Shili image collection platform (Shili Data Ltd., privacy@caiji.example); CHSI (contact on its official site)".to_owned(),
        purpose: "Taking, auditing and registering the photo of your graduation certificate; no face recognition, nothing else".to_owned(),
        retention: "This booth: until the platform's receipt; the platform: seven working days after the batch; record of consent (no face): three years".to_owned(),
        withdrawal: "At any time, through the staff or by e-mail with your receipt's short code; before the upload the photo is destroyed at once".to_owned(),
        full: include_str!("consent_en.txt").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demonstration_batch_opens_and_closes_at_midnight_in_china() {
        let batch = demo_batch();
        assert_eq!(batch.opens.china_date().to_string(), "2020-01-01");
        assert_eq!(batch.known_through.0.to_string(), "2030-06-30T16:00:00Z");
        assert_eq!(batch.closes.0.to_string(), "2030-12-31T16:00:00Z");
        let texts = [&batch.consent.zh, &batch.consent.en];
        assert!(texts.iter().all(|text| text.full.len() > 2_000));
    }
}
