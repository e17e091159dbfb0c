//! The sentences of the staff's pages.

use super::{batch_trouble, camera, china_minutes, clock_fault, with};
use crate::{
    booth::{
        PrinterState,
        day::Gap,
        duty::Role,
        light::{Light, Reason},
        queue::QueueFilter,
    },
    contract::VoidCause,
    lang::{Lang, Text, catalogue},
    session::{
        commissioning::{Control, NoPlate, NoShot, NotLocked, Step},
        desk::{Done, Tile},
    },
};

catalogue! {
    // Everywhere
    BACK = "返回", "Back";
    HAND_OVER = "交班", "Hand over";
    ROLE_OPERATOR = "操作员", "operator";
    ROLE_SUPERVISOR = "主管", "supervisor";
    ROLE_ENGINEER = "工程师", "engineer";
    ONE_MOMENT = "请稍候…", "One moment…";

    // Home
    LIGHT_OPEN = "可以开放", "Open";
    LIGHT_DEGRADED = "可以开放，请留意", "Open, with care";
    LIGHT_CLOSED = "不能开放", "Closed";
    NOTHING_AGAINST = "一切正常", "Nothing speaks against it";
    TILE_QUEUE = "队列", "Queue";
    TILE_DAY = "当天账目", "The day";
    TILE_STICK = "U 盘", "Stick";
    TILE_BATCH = "批次", "Batch";
    TILE_COMMISSION = "开机检查", "Booth check";
    TILE_SETTINGS = "设置", "Settings";
    TILE_ENGINEER = "工程师", "Engineer";
    TILE_PACK_UP = "收工关机", "Pack up";
    WHY_CAMERA = "相机：{}", "Camera: {}";
    WHY_CALLED = "呼叫 · {}", "Called · {}";
    WHY_DISK_FULL = "存储已满：请联网上传或导出", "Disk full: go online or export";
    WHY_CLOCK_BEHIND = "时钟落后：请校准", "The clock is behind: set it";
    WHY_UNBALANCED = "账目不平：有照片下落不明", "The balance does not close: captures are missing";
    WHY_FEW = "剩余空间只够 {} 张", "Room for {} captures only";
    WHY_DISK_UNKNOWN = "磁盘没有报告剩余空间", "The disk does not tell its space";
    WHY_DATE = "日期从未与平台核对：请看日期", "The date was never checked: look at it";
    WHY_NEVER_CHECKED = "尚未做过开机检查", "This booth was never checked";
    WHY_CHECK_DUE = "上次开机检查在 {} 天前：请做 60 秒检查", "Last checked {} days ago: do the 60 s check";
    WHY_KEPT_ASIDE = "{} 张被隔离：请看队列", "{} kept aside: see the queue";
    WHY_BATCH_ENDS = "批次将结束，{} 张未上传：请联网或导出", "The batch ends; {} not uploaded: go online or export";
    WHY_BATCH_OLD = "批次规则有效至 {}：请联网或导入", "Batch rules known to {}: go online or import";
    WHY_WAITING = "最早的照片已等待 {} 小时", "The oldest capture has waited {} h";
    WHY_LINK_CLOCK = "连不上平台：证书日期不符，请先校准时钟", "No link: the clock, not the network";
    WHY_NO_PAPER = "小票打印机缺纸：请装纸", "The slip printer needs paper";
    WHY_COVER_OPEN = "小票打印机的盖开着：请合上", "The slip printer's cover is open: close it";
    WHY_PRINTER = "小票打印机没有响应：请看电源和线缆", "No slip printer: check its power and cable";
    WHY_OFFLINE = "没有连接：照片保存在本机，稍后上传", "Offline: captures wait here";

    // Queue
    ALL_ROWS = "全部", "All";
    WAITING_ROWS = "待上传", "Waiting";
    REFUSED_ROWS = "隔离", "Kept aside";
    DELIVERED_ROWS = "已送达", "Delivered";
    WITHDRAWN_ROWS = "已撤回", "Withdrawn";
    RETRY_ALL = "全部重试", "Retry all";
    RETRY = "立即重试", "Retry now";
    OPEN_ROW = "打开 {}", "Open {}";
    TO_LIST = "返回列表", "To the list";
    EARLIER_ROWS = "上一页", "Previous";
    LATER_ROWS = "下一页", "Next";
    NO_SUCH_ROW = "队列中没有这张照片", "No such capture in the queue";
    COL_NEXT = "下次尝试", "Next try";
    IN_SECONDS = "{} 秒后", "in {} s";
    ON_ITS_WAY = "正在上传", "on its way";
    VOID = "作废…", "Void…";
    WITHDRAW = "撤回…", "Withdraw…";
    VOID_WHY = "为什么作废？原因随照片报告平台。", "Why? The platform is told the cause.";
    CAUSE_WRONG_PERSON = "不是本人", "Wrong person";
    CAUSE_TAKEN_AGAIN = "已另行拍摄", "Taken again";
    CAUSE_TRIAL = "测试", "A trial";
    CAUSE_EQUIPMENT = "设备原因", "Booth's fault";
    WITHDRAW_SURE = "本人要求撤回同意？未上传的照片将立即销毁，不能恢复。", "Does the person withdraw consent? What is not uploaded is destroyed at once, for good.";
    WITHDRAW_YES = "确认撤回并销毁", "Withdraw and destroy";
    KEEP = "保留", "Keep it";
    DID_RETRY = "已重新排队", "Queued again";
    DID_VOID = "已作废，将报告平台", "Voided; the platform is told";
    DID_WITHDRAW = "已撤回", "Withdrawn";
    DID_FAIL = "没有成功：{}", "It did not work: {}";

    // Day
    DAY_OF = "{} 账目", "The day {}";
    STARTED = "开始", "started";
    CONFIRMED = "确认", "confirmed";
    ABANDONED = "放弃", "abandoned";
    DELIVERED_SUM = "送达", "delivered";
    QUEUED_SUM = "待传", "queued";
    ASIDE_SUM = "隔离", "kept aside";
    WITHDRAWN_SUM = "撤回", "withdrawn";
    VISITS = "到访", "Visits";
    CAPTURES = "照片", "Captures";
    WHY_REJECTED = "审核退回 {} 张：", "Auditors refused {}: ";
    PAYMENTS = "缴费（张）", "Payments (photos)";
    ASKED_SUM = "应缴", "asked";
    PAID_SUM = "已缴", "paid";
    OPEN_SUM = "未缴", "open";
    REFUNDED_SUM = "退回", "refunded";
    RAN_OUT_SUM = "过期", "ran out";
    GAP_VISITS = "到访不平：相差 {}", "Visits differ by {}";
    GAP_CAPTURES = "照片不平：相差 {}", "Captures differ by {}";
    GAP_PAYMENTS = "缴费不平：相差 {}", "Payments differ by {}";
    PAID_MONEY = "实收 {}", "{} received";
    PAID_TWICE = "重复缴费 {} 笔，由平台退回", "{} paid twice: the platform gives back";
    ADDS_UP = "账目相符", "It adds up";
    NO_ASIDE = "没有放行", "Nothing set aside";
    ASIDE = "工作人员放行", "Set aside by staff";
    SHIFTS = "班次", "Shifts";
    NOBODY = "无人登录", "Nobody";
    NUMBERED = "{} 号", "No. {}";
    CLOSE_DAY = "结束当天", "Close the day";
    CLOSED_AT = "已于 {} 结束", "Closed at {}";
    REOPENED = "结束后又有到访，请再次结束", "Visits came after the close: close it again";
    EARLIER_DAY = "前一天", "Day before";
    LATER_DAY = "后一天", "Day after";

    // Stick
    STICK_NONE = "请插入 U 盘", "Plug a stick in";
    STICK_NONE_MORE = "系统挂载后会自动出现在这里。", "It appears here once the system has mounted it.";
    STICK_FREE = "剩余 {} MB", "{} MB free";
    EXPORT = "导出照片", "Export";
    IMPORT = "导入回执", "Import receipts";
    STICK_MORE = "导出的照片仍然加密，只有平台能打开；本机照常上传。回执验证后才删除照片。", "What is exported stays sealed: only the platform opens it. A capture is removed here only against its receipt.";
    COPYING = "正在导出…", "Exporting…";
    COPYING_OF = "已导出 {}，请勿拔出", "{} exported: do not pull it out";
    IMPORTING = "正在导入回执…", "Importing receipts…";
    IMPORTED_OF = "已读取回执 {}", "{} receipts read";
    EXPORTED = "已导出 {}，可以拔出", "{} exported: the stick may be pulled out";
    SKIPPED = "{} 个文件未能复制：已送达或已损坏", "{} files not copied: delivered meanwhile, or damaged";
    IMPORTED = "{} 张已送达", "{} delivered";
    KNOWN_BEFORE = "{} 张之前已送达", "{} known before";
    NOT_TAKEN = "{} 条回执未采用，见最近错误", "{} receipts not taken: see the last errors";
    NO_RECEIPTS = "这个 U 盘上没有回执", "There are no receipts on this stick";
    STICK_GONE = "U 盘已被拔出", "The stick was pulled out";
    STICK_FULL = "U 盘空间不足，没有留下文件。请换更大的 U 盘，或先删除其中的文件", "The stick is full; nothing was left on it. Take a larger one, or delete what is on it";
    STICK_READ_ONLY = "U 盘是写保护的，没有写入。请拨开写保护开关，或换一个 U 盘", "The stick is write-protected; nothing was written. Move its switch, or take another one";

    // Booth check
    CHECK_CHOICE = "要做哪一种检查？", "Which check?";
    CHECK_SHORT = "60 秒检查", "60 s check";
    CHECK_SHORT_MORE = "机器没有移动过：看文字方向，试拍一张。", "The booth has not moved: the chart and a test shot.";
    CHECK_WHOLE = "在这里架设", "Set up here";
    CHECK_WHOLE_MORE = "新地点：相机、文字、座位、锁定、空景、试拍，约 3 分钟。", "A new place: camera, chart, seat, lock, empty booth, test shot. 3 minutes.";
    DONE_CAMERA = "相机已锁定", "Camera locked";
    DONE_PLATE = "空景已拍", "Empty booth taken";
    DONE_CHECK = "检查已做完", "Check completed";
    OPEN_CAMERA = "相机未锁定", "Camera not locked";
    OPEN_PLATE = "未拍空景", "No empty booth";
    OPEN_CHECK = "未做完检查", "Check not completed";
    CHECK_LAST = "上次检查 {}", "Last checked {}";
    STEP_OF = "第 {} 步", "Step {}";
    STEP_CAMERA = "这是本机的相机吗？", "Is this the booth's camera?";
    STEP_CAMERA_MORE = "画面应完整、端正、清楚。相机 {}", "The picture should be whole, upright and clear. Camera {}";
    STEP_CHART = "把印有文字的纸放到镜头前", "Hold printed text before the lens";
    STEP_CHART_MORE = "画面未镜像：文字应能正常阅读。", "This picture is not mirrored: the text should read as printed.";
    STEP_SEAT = "请一人坐下，测量座位和光线", "Sit somebody down: seat and light";
    STEP_SEAT_MORE = "坐在椅子中间，看着镜头。", "In the middle of the chair, looking at the lens.";
    STEP_LOCK = "锁定曝光和白平衡", "Lock exposure and white balance";
    STEP_LOCK_MORE = "打开全部灯光，请一人坐下，相机稳定 6 秒后锁定。", "All lamps on, somebody seated: the camera settles for 6 s and is locked.";
    STEP_PLATE = "拍摄空景", "The empty booth";
    STEP_PLATE_MORE = "所有人离开画面。空景帮助分清背景和人。", "Nobody in the picture. It tells the backdrop from the sitter.";
    STEP_SHOT = "试拍一张", "A test shot";
    STEP_SHOT_MORE = "请一名工作人员坐下。照片按本批次规则检查，不保存。", "One of the staff sits down. Judged by the batch's rules, kept nowhere.";
    STEP_DONE = "检查完成", "The booth is checked";
    STEP_DONE_MORE = "24 小时内有效。", "Good for 24 hours.";
    CAN_READ = "可以正常阅读", "It reads well";
    IS_MIRRORED = "文字是反的", "It is mirrored";
    MIRRORED_MORE = "相机自己翻转了画面：请在相机设置中关闭镜像，或更换相机。", "The camera mirrors its picture: switch that off in the camera, or use another one.";
    LOOK_AGAIN = "再看一次", "Look again";
    MEASURE = "测量", "Measure";
    LOCK = "锁定", "Lock";
    TAKE = "拍摄", "Take it";
    SHOOT_IN = "{} 秒后拍摄", "The picture is taken in {} s";
    NEXT = "下一步", "Next";
    SKIP = "跳过", "Skip";
    RIGHT = "没问题", "It is right";
    NO_PICTURE = "相机没有画面", "The camera shows nothing";
    SEAT_NOBODY = "没有看到人", "Nobody is seen";
    SEAT_CROWN = "头顶在画面外：相机上仰或座椅降低", "The crown is cut off: camera up, or chair down";
    SEAT_NOT_SERVED = "这个位置裁不出标准照：请移动相机或座椅", "No portrait can be cut here: move camera or chair";
    SEAT_FACE = "脸宽 {} 像素（至少 180）", "Face {} px wide (180 at least)";
    SEAT_HIGHER = "眼睛可高出 {} 厘米", "Eyes may be {} cm higher";
    SEAT_LOWER = "眼睛可再低 {} 厘米", "Eyes may be {} cm lower";
    SEAT_LIGHT = "亮度 {}（满 255）", "Brightness {} of 255";
    LOCKED_EXPOSURE = "曝光", "Exposure";
    LOCKED_WHITE = "白平衡", "White balance";
    LOCKED_FOCUS = "对焦", "Focus";
    LOCKED_NONE = "相机不支持", "not on this camera";
    STEP_CAMERA_OTHER = "插着的不是本机的相机：{}。插回原来的，或改用这一台。", "Not the booth's own camera: {}. Plug its own back, or use this one from now on.";
    TAKE_CAMERA = "改用这一台", "Use this one";
    CAMERA_TAKEN = "已改用这一台。请锁定曝光，并重新拍空景。", "It is the booth's own now. Lock its exposure and take the empty booth again.";
    LOCK_OTHER = "本机用的不是 USB 相机，可跳过", "This booth uses no USB camera: skip it";
    LOCK_NAMED = "配置文件指定了相机，请在那里更改", "The configuration names the camera: change it there";
    LOCK_NOT_PLUGGED = "配置中的相机没有插上", "The configured camera is not plugged in";
    LOCK_SEVERAL = "插着多台相机：请拔掉其他的，或在配置中指定", "Several cameras: unplug the others, or name one in the configuration";
    LOCK_NOT_KEPT = "相机不提供设置，或无法保存", "The camera tells no controls, or they cannot be kept";
    PLATE_TAKEN = "空景已保存", "The empty booth is kept";
    PLATE_SOMEBODY = "画面中有人：请离开后重拍", "Somebody is in the picture: take it again";
    PLATE_NOT_KEPT = "空景无法保存：请检查磁盘", "It cannot be kept: check the disk";
    SHOT_NOT_CUT = "没有看到端正的脸：请坐好重拍", "No face to cut a portrait of: sit upright and try again";
    SHOT_GOOD = "试拍合格", "The test shot is good";
    SHOT_BAD = "试拍不合格", "The test shot is refused";

    // Settings
    SET_VOLUME = "提示音", "Chimes";
    SET_SILENT = "静音", "Silent";
    SET_SOFT = "轻", "Soft";
    SET_USUAL = "正常", "Usual";
    SET_SPEECH = "语音朗读", "Read aloud";
    SET_ON = "开", "On";
    SET_OFF = "关", "Off";
    SET_LANG = "默认语言", "First language";
    SET_CHINESE = "中文优先", "Chinese";
    SET_ENGLISH = "英文优先", "English";
    SET_TYPE = "默认字号", "First type size";
    SET_PRACTICE = "练习（30 分钟）", "Practice (30 min)";
    SET_PANEL = "屏幕尺寸", "Panel size";
    SET_INCHES = "{} 英寸", "{} inches";
    SET_SMALLER = "小一点", "Smaller";
    SET_LARGER = "大一点", "Larger";
    SET_PANEL_MORE = "调到下面的横条和银行卡一样长，打印尺寸就准确了。", "Until the bar is as long as a bank card: then print size is true.";

    // Engineer
    FINDINGS = "检查结果", "Diagnostics";
    VERSIONS = "版本与密钥", "Versions and keys";
    LOG = "日志", "Log";
    AGAIN = "再检查一次", "Examine again";

    // Pack up
    PACK_DAY = "账目", "The balance";
    PACK_DAY_OPEN = "请先结束当天", "Close the day first";
    PACK_QUEUE = "未上传的照片", "What is not uploaded";
    PACK_QUEUE_NONE = "全部已送达", "Everything is delivered";
    PACK_QUEUE_SOME = "还有 {} 张：联网等待，或导出到 U 盘", "{} left: wait online, or export them";
    PACK_BATCH = "批次", "The batch";
    PACK_BATCH_NONE = "没有固定批次", "None is pinned";
    PACK_BATCH_SOME = "仍固定：{}", "Still pinned: {}";
    PACK_READY = "现在可以关机。未上传的照片留在磁盘上，不会丢失。", "It may be switched off now. What is not uploaded stays on its disk and is not lost.";
    PACK_NOT_READY = "完成以上各项后再关机。", "Switch it off when all of this is done.";
    TO_STICK = "到 U 盘页", "To the stick";
    TO_BATCH = "到批次页", "To the batch";
}

pub const fn role(role: Role) -> Text {
    match role {
        Role::Operator => ROLE_OPERATOR,
        Role::Supervisor => ROLE_SUPERVISOR,
        Role::Engineer => ROLE_ENGINEER,
    }
}

pub const fn light(light: Light) -> Text {
    match light {
        Light::Open => LIGHT_OPEN,
        Light::Degraded => LIGHT_DEGRADED,
        Light::Closed => LIGHT_CLOSED,
    }
}

pub const fn tile(tile: Tile) -> Text {
    match tile {
        Tile::Queue => TILE_QUEUE,
        Tile::Day => TILE_DAY,
        Tile::Stick => TILE_STICK,
        Tile::Batch => TILE_BATCH,
        Tile::Commission => TILE_COMMISSION,
        Tile::Settings => TILE_SETTINGS,
        Tile::Engineer => TILE_ENGINEER,
        Tile::PackUp => TILE_PACK_UP,
    }
}

/// Returns what speaks against opening, and what helps.
pub fn reason(reason: &Reason, lang: Lang) -> String {
    let say = |text: Text| text.get(lang).to_owned();
    match reason {
        Reason::Camera(state) => with(WHY_CAMERA, lang, camera(state).get(lang)),
        Reason::Called(at) => with(WHY_CALLED, lang, at.china_clock()),
        Reason::DiskFull => say(WHY_DISK_FULL),
        Reason::ClockBehind => say(WHY_CLOCK_BEHIND),
        Reason::BatchUnusable(trouble) => say(batch_trouble(*trouble)),
        Reason::Unbalanced => say(WHY_UNBALANCED),
        Reason::Site(advice) => advice.for_staff().map(say).unwrap_or_default(),
        Reason::Rejections { reason, photos } => {
            let said = with(WHY_REJECTED, lang, photos);
            format!("{said}{}", reason.sentence().get(lang))
        }
        Reason::FewCaptures(few) => with(WHY_FEW, lang, few),
        Reason::DiskUnknown => say(WHY_DISK_UNKNOWN),
        Reason::Clock(fault) => say(clock_fault(*fault)),
        Reason::DateUnchecked => say(WHY_DATE),
        Reason::NeverCommissioned => say(WHY_NEVER_CHECKED),
        Reason::CheckDue { days } => with(WHY_CHECK_DUE, lang, days),
        Reason::KeptAside(captures) => with(WHY_KEPT_ASIDE, lang, captures),
        Reason::BatchEnds { captures, .. } => with(WHY_BATCH_ENDS, lang, captures),
        Reason::BatchOld(until) => with(WHY_BATCH_OLD, lang, until.china_date()),
        Reason::Waiting { hours } => with(WHY_WAITING, lang, hours),
        Reason::LinkClock => say(WHY_LINK_CLOCK),
        Reason::Offline => say(WHY_OFFLINE),
        Reason::Printer(PrinterState::NoPaper) => say(WHY_NO_PAPER),
        Reason::Printer(PrinterState::CoverOpen) => say(WHY_COVER_OPEN),
        Reason::Printer(PrinterState::Ready | PrinterState::Fault(_)) => say(WHY_PRINTER),
    }
}

pub const fn filter(filter: QueueFilter) -> Text {
    match filter {
        QueueFilter::All => ALL_ROWS,
        QueueFilter::Waiting => WAITING_ROWS,
        QueueFilter::Refused => REFUSED_ROWS,
        QueueFilter::Delivered => DELIVERED_ROWS,
        QueueFilter::Withdrawn => WITHDRAWN_ROWS,
    }
}

pub const fn cause(cause: VoidCause) -> Text {
    match cause {
        VoidCause::WrongPerson => CAUSE_WRONG_PERSON,
        VoidCause::TakenAgain => CAUSE_TAKEN_AGAIN,
        VoidCause::Trial => CAUSE_TRIAL,
        VoidCause::BoothEquipment => CAUSE_EQUIPMENT,
    }
}

pub fn said(said: &Result<Done, String>, lang: Lang) -> String {
    match said {
        Ok(Done::Retried) => DID_RETRY.get(lang).to_owned(),
        Ok(Done::Voided) => DID_VOID.get(lang).to_owned(),
        Ok(Done::Withdrawn) => DID_WITHDRAW.get(lang).to_owned(),
        Err(why) => with(DID_FAIL, lang, why),
    }
}

pub fn gap(gap: Gap, lang: Lang) -> String {
    match gap {
        Gap::Visits { started, ended } => with(GAP_VISITS, lang, started.abs_diff(ended)),
        Gap::Captures { confirmed, found } => with(GAP_CAPTURES, lang, confirmed.abs_diff(found)),
        Gap::Payments { asked, found } => with(GAP_PAYMENTS, lang, asked.abs_diff(found)),
    }
}

/// Returns what a step asks for, and how it is done.
pub const fn step(step: Step) -> (Text, Text) {
    match step {
        Step::Choice => (CHECK_CHOICE, CHECK_SHORT_MORE),
        Step::Camera => (STEP_CAMERA, STEP_CAMERA_MORE),
        Step::Chart => (STEP_CHART, STEP_CHART_MORE),
        Step::Seat => (STEP_SEAT, STEP_SEAT_MORE),
        Step::Lock => (STEP_LOCK, STEP_LOCK_MORE),
        Step::Plate => (STEP_PLATE, STEP_PLATE_MORE),
        Step::Shot => (STEP_SHOT, STEP_SHOT_MORE),
        Step::Done => (STEP_DONE, STEP_DONE_MORE),
    }
}

pub const fn control(control: Control) -> Text {
    match control {
        Control::Exposure => LOCKED_EXPOSURE,
        Control::WhiteBalance => LOCKED_WHITE,
        Control::Focus => LOCKED_FOCUS,
    }
}

pub const fn not_locked(why: NotLocked) -> Text {
    match why {
        NotLocked::OtherSource => LOCK_OTHER,
        NotLocked::Named => LOCK_NAMED,
        NotLocked::NotPlugged => LOCK_NOT_PLUGGED,
        NotLocked::Several => LOCK_SEVERAL,
        NotLocked::NoPicture => NO_PICTURE,
        NotLocked::NotKept => LOCK_NOT_KEPT,
    }
}

pub const fn no_plate(why: NoPlate) -> Text {
    match why {
        NoPlate::NoPicture => NO_PICTURE,
        NoPlate::SomebodyThere => PLATE_SOMEBODY,
        NoPlate::NotKept => PLATE_NOT_KEPT,
    }
}

pub const fn no_shot(why: NoShot) -> Text {
    match why {
        NoShot::NoPicture => NO_PICTURE,
        NoShot::NotCut => SHOT_NOT_CUT,
    }
}

/// Returns when a day was closed, by the clock in China.
pub fn closed_at(at: crate::time::Wall, lang: Lang) -> String {
    with(CLOSED_AT, lang, china_minutes(at))
}
