//! The sentences of the first start, for whoever sets the booth up.

use crate::{
    first_start::{NotEnrolled, PinTrouble, Reach, TicketTrouble, Wired},
    lang::{Text, catalogue},
};

catalogue! {
    STEP_LANGUAGE = "语言", "Language";
    STEP_TICKET = "凭证", "Ticket";
    STEP_COMPARE = "指纹", "Compare";
    STEP_NETWORK = "网络", "Network";
    STEP_TIME = "时间", "Clock";
    STEP_PIN = "设 PIN", "PIN";
    STEP_ENROL = "登记", "Enrol";

    NEXT = "继续", "Continue";
    TRY_AGAIN = "再试一次", "Try again";
    OTHER_TICKET = "换一张凭证", "Other ticket";

    LANGUAGE_TITLE = "设置这台采集机", "Set up this booth";
    LANGUAGE_MORE = "请准备存有登记凭证的 U 盘，以及印有平台指纹的纸。断电后会从断开的那一步继续。", "Have ready the stick with the enrolment ticket, and the platform's fingerprint on paper. After a power cut it goes on where it stopped.";

    TICKET_TITLE = "请插入存有登记凭证的 U 盘", "Plug in the stick with the enrolment ticket";
    TICKET_MORE = "凭证文件（ticket.jws）放在 U 盘的最上层。也可以用扫码枪扫描它的二维码。", "The ticket is a file (ticket.jws) at the top of the stick. A hand scanner may read it as a QR code instead.";
    TICKET_WAITS = "正在等待 U 盘或扫码枪", "Waiting for a stick or a scan";
    TICKET_NOT_ON_STICK = "这个 U 盘上没有登记凭证。请把凭证文件放在最上层，再插一次。", "This stick holds no enrolment ticket. Put the file at its top and plug it in again.";
    TICKET_SEVERAL = "U 盘上有多张凭证。请只留下这台机器的一张，再插一次。", "The stick holds several tickets. Leave only the one for this booth and plug it in again.";
    TICKET_NONE = "这不是登记凭证。请向平台索取登记凭证。", "This is no enrolment ticket. Ask the platform for one.";
    TICKET_CHANGED = "这张凭证签发后被改动过，不能使用。请向平台索取新的凭证。", "This ticket was changed after it was signed. Ask the platform for a new one.";
    TICKET_IN_PART = "扫码枪漏读了字符。请再扫一次，或者改用 U 盘。", "The scanner lost characters. Scan again, or use a stick.";
    TICKET_REFUSED = "这张凭证刚才没能使用。请向平台索取新的凭证。", "This is the ticket that was refused a moment ago. Ask the platform for a new one.";
    TICKET_OTHER = "指纹不一致：不要使用这张凭证。请联系平台，索取新的凭证。", "The fingerprints differ: do not use this ticket. Ask the platform for a new one.";

    COMPARE_TITLE = "与纸上的指纹逐组核对", "Compare with the paper, group by group";
    COMPARE_MORE = "请一人念、一人看。十六组全部相同，才能选择“相同”。", "One person reads aloud, another looks. Go on only if all sixteen groups are the same.";
    COMPARE_PLATFORM = "平台：{}", "Platform: {}";
    COMPARE_SAME = "全部相同", "The same";
    COMPARE_OTHER = "不相同", "Not the same";
    COMPARE_KEEPING = "正在保存", "Saving";
    NOT_KEPT = "无法保存。请检查磁盘，再试一次。", "It could not be saved. Check the disk and try again.";

    NETWORK_TITLE = "网络", "Network";
    NETWORK_LOOKING = "正在连接平台，最多半分钟", "Connecting to the platform, half a minute at most";
    NETWORK_CABLE = "网线", "Cable";
    NETWORK_ADDRESS = "地址", "Address";
    NETWORK_PLATFORM = "平台", "Platform";
    CABLE_IN = "已连接", "Connected";
    CABLE_OUT = "没有插好，或者对端没有开机", "Not plugged in, or the other end is off";
    CABLE_NONE = "本机没有网线接口", "This machine has no socket for one";
    ADDRESS_NONE = "没有分配到地址：请检查网线和 DHCP", "None was assigned: check cable and DHCP";
    REACHED = "已连通，并已验证签名", "Answers, and its signature was verified";
    REACH_STRANGER = "应答的不是平台：网络要求先登录，或者中间有代理。请网络管理员对这台机器免登录，并放行到平台的连接。", "Somebody else answered: the network asks for a log-in, or a proxy is in between. Ask the network's people to let this machine through to the platform.";
    REACH_DATE = "平台的证书在本机的日期下无效：请先看下一步“时间”", "Its certificate is not valid on this booth's date: see the next step, the clock";
    REACH_NOWHERE = "没有应答。请检查网线，并请网络管理员放行到平台的连接。", "No answer. Check the cable, and ask the network's people to let this machine reach the platform.";
    WIRED_ONLY = "这里只使用网线，不设置 Wi-Fi 和代理。", "Only a cable is used here: Wi-Fi and proxies are not set up.";

    TIME_TITLE = "时间", "The clock";
    TIME_BOOTH = "本机", "This booth";
    TIME_PLATFORM = "平台", "The platform";
    TIME_UNKNOWN = "未知", "Unknown";
    TIME_RIGHT = "时间正确。", "The clock is right.";
    TIME_AHEAD = "本机快了 {}。请让 IT 打开校时（NTP），或在固件设置里改正。照片使用平台的时间，可以先继续。", "This booth is {} ahead. Have IT turn on network time (NTP), or set it in the firmware. Photos use the platform's time, so you may go on.";
    TIME_BEHIND = "本机慢了 {}。请让 IT 打开校时（NTP），或在固件设置里改正。照片使用平台的时间，可以先继续。", "This booth is {} behind. Have IT turn on network time (NTP), or set it in the firmware. Photos use the platform's time, so you may go on.";
    TIME_NO_DATE = "平台没有给出时间。请对照自己的钟表，正确就继续。", "The platform gave no date. Compare with a watch, and go on if it is right.";
    TIME_BREAKS_TLS = "本机的日期不对，因此无法安全地连接平台。请让 IT 打开校时（NTP），或在固件设置里改正日期，然后再试。", "This booth's date is wrong, so no secure connection is possible. Have IT turn on network time (NTP), or set the date in the firmware, and try again.";

    PIN_TITLE = "设置工程师的 PIN", "Set the engineer's PIN";
    PIN_AGAIN_TITLE = "再输入一次", "Type it again";
    PIN_MORE = "6 至 12 位数字，不能全部重复或连续。以后用它打开工作人员页面，请记住。", "6 to 12 digits that neither repeat nor run on. It opens the staff's pages: remember it.";
    PIN_KEEPING = "正在保存", "Saving";
    PIN_DIFFER = "两次输入不同，请重新输入。", "The two differ: start again.";
    PIN_WEAK = "这个 PIN 太容易猜到，或者长度不对，请换一个。", "This PIN is too easy to guess, too short or too long: take another one.";

    ENROLLING_TITLE = "正在登记", "Enrolling";
    ENROLLING_MORE = "平台正在核对凭证，最多半分钟。请不要关机；即使断电，也可以用同一张凭证继续。", "The platform checks the ticket, half a minute at most. Leave the power on; after a cut the same ticket still works.";

    FAILED_TITLE = "还没有登记", "Not enrolled yet";
    FAILED_CODE = "平台不接受这张凭证：已经用过，或者太旧。请向平台索取新的凭证。PIN 已保存。", "The platform does not accept this ticket: it was used, or is too old. Ask the platform for a new one. The PIN is kept.";
    FAILED_TICKET = "不能用这张凭证登记。请向平台索取新的凭证。PIN 已保存。", "This ticket cannot be used. Ask the platform for a new one. The PIN is kept.";
    FAILED_LINE = "连接中断，或者平台暂时不可用。什么都没有丢失：请检查网络，再试一次。", "The connection broke, or the platform is not available now. Nothing was lost: check the network and try again.";
    FAILED_DATE = "本机的日期不对，无法安全地连接平台。请改正日期，再试一次。", "This booth's date is wrong, so no secure connection is possible. Set the date and try again.";
    FAILED_DISK = "本机的磁盘无法写入。请让 IT 检查，再试一次；同一张凭证仍然有效。", "This booth's disk cannot be written. Have IT check it and try again; the same ticket still works.";

    ENROLLED_TITLE = "登记完成", "This booth is enrolled";
    ENROLLED_AS = "平台上的编号：{}", "Its name at the platform: {}";
    ENROLLED_MORE = "接下来在这块屏幕上开通：从首页左下角的锁进入工作人员页面，操作员 1，刚才设置的 PIN，然后“开机检查”里的“在这里架设”：相机、文字、座位、锁定、空景、试拍。", "Next, commission it on this screen: the lock at the foot of the first page, operator 1, your PIN, then Booth check, Set up here: camera, chart, seat, lock, empty booth, test shot.";
    OPEN = "启动采集机", "Start the booth";
}

pub const fn ticket(trouble: TicketTrouble) -> Text {
    match trouble {
        TicketTrouble::NotOnStick => TICKET_NOT_ON_STICK,
        TicketTrouble::Several => TICKET_SEVERAL,
        TicketTrouble::NotATicket => TICKET_NONE,
        TicketTrouble::Changed => TICKET_CHANGED,
        TicketTrouble::InPart => TICKET_IN_PART,
        TicketTrouble::Refused => TICKET_REFUSED,
        TicketTrouble::OtherFingerprint => TICKET_OTHER,
    }
}

pub const fn wired(wired: Wired) -> Text {
    match wired {
        Wired::Plugged => CABLE_IN,
        Wired::Unplugged => CABLE_OUT,
        Wired::NoSocket => CABLE_NONE,
    }
}

pub const fn reach(reach: &Reach) -> Text {
    match reach {
        Reach::Platform(_) => REACHED,
        Reach::Stranger(_) => REACH_STRANGER,
        Reach::Date => REACH_DATE,
        Reach::Nowhere(_) => REACH_NOWHERE,
    }
}

pub const fn pin(trouble: &PinTrouble) -> Text {
    match trouble {
        PinTrouble::Differ => PIN_DIFFER,
        PinTrouble::Weak => PIN_WEAK,
        PinTrouble::NotKept(_) => NOT_KEPT,
    }
}

pub const fn not_enrolled(why: &NotEnrolled) -> Text {
    match why {
        NotEnrolled::CodeRefused => FAILED_CODE,
        NotEnrolled::Ticket(_) => FAILED_TICKET,
        NotEnrolled::Line(_) => FAILED_LINE,
        NotEnrolled::Date => FAILED_DATE,
        NotEnrolled::Disk(_) => FAILED_DISK,
    }
}
