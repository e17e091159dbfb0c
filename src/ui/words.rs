//! Every sentence of the screens, in both written languages. A missing translation does not
//! compile.

use crate::{
    booth::{self, CameraState, Quarantine, QueueState},
    capture::{BackgroundUse, OverrideReason},
    checks,
    code::{self, Foreign, TailRule},
    contract::{
        BatchRefusal, BatchTrouble, CommandTrouble, Refusal, RejectReason, ServiceLine, stage_words,
    },
    guidance::Advice,
    lang::{Lang, Text, catalogue},
    layout::Infeasible,
    profile::CheckId,
    session::{CodeHint, Stop, TailHint, marking::Mark},
    time::{ClockFault, Trust},
};

pub mod first;
pub mod staff;

catalogue! {
    // Everywhere
    LEAVE = "离开", "Leave";
    LARGE_TYPE = "大字", "Large";
    USUAL_TYPE = "标准字", "Standard";
    HELP = "帮助", "Help";
    STAFF = "工作人员", "Staff";
    MORE_TIME = "还需要时间", "More time";
    ENDS_IN = "{} 秒后结束，未确认的内容不会保留", "Ends in {} s. Nothing unconfirmed is kept";
    BACK_IN = "{} 秒后返回首页", "Back to the start in {} s";
    CLOSE = "关闭", "Close";
    CALL = "呼叫工作人员", "Call staff";
    CALLED = "已呼叫工作人员（{}），请稍候", "Staff have been called ({}). Please wait";
    CALLED_AT = "已呼叫 {}", "Called {}";
    PRACTICE = "练习：照片自动作废", "Practice: every photo is void";
    STEP_CONSENT = "知情同意", "Consent";
    STEP_CODE = "采集码", "Code";
    STEP_TAIL = "核对", "ID check";
    STEP_PICTURE = "拍照", "Photo";
    STEP_REVIEW = "确认", "Confirm";

    // Help
    HELP_PAGE = "需要帮助吗？", "Do you need help?";
    ASK_CODE = "采集码在哪里？", "Where is my code?";
    ANSWER_CODE = "学信档案：高等教育信息 › 学籍 › 查看图像采集码。有两个学籍时请选对。", "CHSI archive: higher education, student record, image capture code. With two records, take the right one.";
    ASK_TAIL = "证件号码后四位是什么？", "Which four characters of my ID?";
    ANSWER_TAIL = "以采集码上显示的为准，可能含字母 X 或括号。", "Those shown on your code. They may be a letter or brackets.";
    ASK_AGAIN = "照片不满意怎么办？", "What if I do not like the photo?";
    ANSWER_AGAIN = "确认前可以重新拍摄；确认后可在学校规定时间内重新采集。", "Take it again before you confirm; later within your school's window.";
    ASK_DATA = "我的照片安全吗？", "Is my photo safe?";
    ANSWER_DATA = "不确认就不保存。确认后加密保存，平台签收后从本机删除。", "Nothing is kept unless you confirm. Then it is sealed, and deleted here once the platform has it.";

    // Attract
    TITLE = "毕业生图像自助采集", "Graduation photo";
    START = "开始", "Start";
    TOUCH_TO_BEGIN = "触摸屏幕开始", "Touch the screen to begin";
    HOW_LONG = "全程约 1 分钟 · 请准备手机采集码和证件号码后四位", "About 1 minute. Have your code on your phone and the last four of your ID number ready";
    FEE = "费用 {}，确认照片后再缴费", "Fee {}, paid after you confirm the photo";
    HOW_SCAN = "扫采集码", "Scan your code";
    HOW_SCAN_MORE = "手机打开学信网采集码", "Open your CHSI code on your phone";
    HOW_SIT = "坐好拍照", "Take a seat";
    HOW_SIT_MORE = "看着镜头，自动拍摄", "Look at the camera: the photo is taken automatically";
    HOW_CONFIRM = "确认照片", "Confirm";
    HOW_CONFIRM_MORE = "满意再提交", "Submit only what you like";
    REQUIREMENTS = "拍照要求", "For a valid photo";
    FIGURE_GOOD = "正对镜头", "Straight";
    FIGURE_TILTED = "不歪头", "No tilt";
    FIGURE_HAIR = "不遮眉眼", "Clear brow";
    FIGURE_GLARE = "无反光", "No glare";
    FIGURE_HAT = "不戴帽子", "No hat";
    FIGURE_TEETH = "不露齿", "Lips closed";

    // Consent
    CONSENT_TITLE = "拍照前，请您了解并决定", "Before we start: you decide";
    HANDLER = "谁来处理", "Who handles it";
    RECIPIENTS = "发送给谁", "Who receives it";
    PURPOSE = "用来做什么", "What it is for";
    RETENTION = "保存多久", "How long it is kept";
    WITHDRAWAL = "如何撤回", "How to withdraw";
    FULL_TEXT = "查看全文", "Full text";
    FULL_TEXT_TITLE = "服务协议与隐私说明", "Service agreement and privacy notice";
    TERMS_READ = "已阅读《服务协议》与《隐私说明》", "I have read the service agreement and privacy notice";
    AGREE_FACE = "同意处理我的人脸图像", "I agree to the processing of my face image";
    AGREE_SENDING = "同意发送给上述接收方", "I agree to sending it to the recipients above";
    REFUSE = "不同意，离开", "I do not agree";
    UNDER_FOURTEEN = "我未满14周岁", "I am under 14";

    // Batch
    ANY_BATCH = "请准备好学校的批次二维码", "Have your school's batch code ready";
    BATCH_TITLE = "请扫描学校的批次二维码", "Scan your school's batch code";
    BATCH_WHERE = "在学校的采集通知上", "It is on your school's notice";
    BATCH_OR_TYPE = "或输入 6 位集采特征码", "Or type the 6-character batch code";
    BATCH_ASKING = "正在查询批次…", "Looking up the batch…";
    BATCH_NOT_ONE = "这不是批次码，请扫描学校通知上的批次二维码", "That is no batch code. Please scan the one on your school's notice";
    BATCH_UNKNOWN = "没有这个批次，请核对学校通知上的特征码", "There is no such batch. Please compare with your school's notice";
    BATCH_FOREIGN = "这个批次不属于本采集平台", "This batch belongs to another platform";
    BATCH_OLDER = "本机已有这个批次的更新版本，请扫描新的二维码", "This booth holds a newer state of this batch. Please scan the new code";
    BATCH_NOT_REACHABLE = "暂时连不上平台，本机也没有这个批次。请稍后再试或联系工作人员", "The platform does not answer and the batch is not held here. Try again later or call staff";
    BATCH_NOT_KEPT = "本机无法读写批次文件，请联系工作人员", "This booth cannot read or write its batches. Please call staff";
    BATCH_NOT_YET = "采集尚未开始", "This batch is not open yet";
    BATCH_CLOSED = "采集已经结束", "This batch is over";
    BATCH_REVOKED = "学校已撤销这个批次", "The school has called this batch off";
    BATCH_STOPPED_MORE = "请核对学校通知上的采集时间，或联系工作人员。照片没有拍摄。", "Please compare with the dates on your school's notice, or call staff. No photo was taken.";
    KEY_CASE = "大小写", "Aa";
    COMMAND_FOREIGN = "这条指令不是本平台签发的", "This command is not signed by this booth's platform";
    COMMAND_OTHER = "这条指令是给另一台设备的", "This command is for another booth";
    COMMAND_EXPIRED = "这条指令已过期，请向平台索取新的", "This command is too old. Ask the platform for a new one";
    COMMAND_USED = "这条指令已执行过", "This command was obeyed already";
    COMMAND_BEHIND_PIN = "请先输入 PIN，再在员工页出示这条指令", "Enter a PIN first, and show this command on the staff page";
    COMMAND_NOT_DONE = "设备暂时无法执行这条指令", "The booth cannot do this now";

    // Code
    CODE_TITLE = "请把采集码对准方框", "Hold your code in the box";
    CODE_TITLE_AGAIN = "请再次出示您的采集码", "Show your code once more";
    CODE_WHERE = "采集码在哪里？", "Where is my code?";
    CODE_WHERE_1 = "打开学信网 App 或公众号", "Open the CHSI app or official account";
    CODE_WHERE_2 = "高等教育信息 › 学籍", "Higher education › Student record";
    CODE_WHERE_3 = "查看图像采集码", "View image capture code";
    CODE_OUTSIDE = "请让整个采集码进入画面", "Bring the whole code into view";
    CODE_DARK = "屏幕太暗，请调高手机亮度", "Your screen is too dark. Make it brighter";
    CODE_BRIGHT = "屏幕反光，请稍微倾斜手机", "Your screen reflects. Tilt the phone a little";
    CODE_SMALL = "太小了，请把手机拿近一点", "Too small. Bring the phone nearer";
    CODE_MOVING = "请拿稳手机", "Hold the phone still";
    CODE_BLURRED = "看不清，请把手机拿远一点并拿稳", "Blurred. A little farther away, and hold still";
    CODE_IN_PART = "扫码枪没有读完整，请再扫一次。若总是如此，请工作人员按说明设置扫码枪", "The hand scanner did not send the whole code. Scan it again. If this goes on, staff should check its settings";
    CODE_LONG = "还没有读到？请工作人员用扫码枪扫描", "Still not read? Staff can use their hand scanner";
    CODE_TIP_LIGHT = "调高屏幕亮度", "Bright screen";
    CODE_TIP_GLARE = "避免屏幕反光", "No reflections";
    CODE_TIP_IMAGE = "打开原图", "Full size";
    HINT_PAYMENT = "这是付款码或登录码，不是采集码。请打开学信网的图像采集码", "That is a payment or log-in code. Please open your CHSI capture code";
    HINT_CONTACT = "这是聊天软件的名片、群或公众号，不是采集码。请打开学信网的图像采集码", "That is a chat contact or group. Please open your CHSI capture code";
    HINT_APP = "这是其他应用的二维码，不是采集码。请打开学信网的图像采集码", "That code is of another app. Please open your CHSI capture code";
    HINT_NUMBER = "这是号码或条码，不是采集码。请打开学信网的图像采集码", "That is only a number. Please open your CHSI capture code";
    HINT_LINK = "这是网页链接，不是采集码。请打开学信网的图像采集码", "That is a link to a page. Please open your CHSI capture code";
    HINT_UNREASONABLE = "无法识别这个二维码，请打开图像采集码的原图", "This code cannot be used. Please open the original capture code";
    HINT_EVERYDAY = "这不是采集码，请打开学信档案里的图像采集码", "That is no capture code. Please open your CHSI capture code";
    HINT_RECEIPT = "这是回执，不是采集码。请打开学信档案里的图像采集码", "That is a receipt. Please open your CHSI capture code";
    HINT_FOREIGN_RECEIPT = "这不是本采集平台的回执，请出示采集码", "That receipt is not from this platform. Please show your code";
    HINT_STAFF = "这是给工作人员的码，请出示您本人的采集码", "That code is for staff. Please show your own code";
    HINT_BATCH = "这是学校的批次码，请出示您本人的采集码", "That is the school's batch code. Please show your own code";
    HINT_AGAIN = "刚才离开了座位，请再次出示同一个采集码", "You left the seat. Please show the same code again";
    HINT_NOT_SAME = "这不是刚才的采集码，请出示同一个采集码", "That is a different code. Please show the one you showed before";
    REPLACE_TITLE = "该采集码今天已拍摄过照片", "This code was captured today";
    REPLACE_MORE = "重新拍摄后，新照片将替换之前的照片。", "A new photo will replace the earlier one.";
    REPLACE = "重新拍摄", "Take a new photo";
    SEE_EARLIER = "查询进度与缴费", "See its progress, or pay";
    KEEP_EARLIER = "保留之前的照片，离开", "Keep the earlier photo and leave";

    // Tail and checklist
    TAIL_TITLE = "请输入证件号码后四位", "Type the last four of your ID number";
    TAIL_TITLE_SIX = "请输入证件号码后六位", "Type the last six of your ID number";
    TAIL_WHERE = "与采集码上显示的一致，含字母和括号", "As shown on your code, with letters and brackets";
    TAIL_SIT = "请先坐好，面向屏幕输入", "Sit down first, and face the screen as you type";
    TAIL_FROM_CHAIR = "请坐好，面向屏幕，再输入一次", "Please sit down, face the screen, and type it once more";
    TAIL_WHOSE = "这是您的采集码吗？是的话请直接输入", "Is this your code? If so, just type";
    TAIL_NOT_MINE = "不是，重新出示", "No, show another";
    TAIL_CARD_NAME = "姓名", "Name";
    TAIL_CARD_NUMBER = "证件号码", "ID number";
    TAIL_MISMATCH = "与采集码不一致，请重新输入", "It does not match the code. Please try again";
    TAIL_REST = "与采集码不一致，请核对后再输入（{} 秒）", "It does not match the code. Look again; try in {} s";
    TAIL_REST_EARLIER = "之前输入有误，请等待 {} 秒再输入", "It did not match before. Please wait {} s";
    TAIL_NOT_ONE = "输入的内容不是证件号码，请重新输入", "That is no ID number. Please try again";
    TAIL_PRIVATE = "输入内容不会显示在屏幕上", "What you type is not shown";
    KEY_LETTERS = "字母 A–Z ( )", "Letters A–Z ( )";
    KEY_DIGITS = "数字 0–9", "Digits 0–9";
    KEY_BACKSPACE = "删除", "Delete";
    KEY_ENTER = "确定", "Enter";
    PREPARE_TITLE = "拍照前请整理一下", "A last look before the photo";
    PREPARE_HAIR = "头发不遮住眉毛、眼睛和耳朵", "Hair clear of eyebrows, eyes and ears";
    PREPARE_GLASSES_WEAR = "平时戴眼镜请戴上，镜片不反光、不变色", "Wear your usual glasses; no glare, no tint";
    PREPARE_GLASSES_OFF = "请摘下眼镜和美瞳", "Take off glasses and coloured lenses";
    PREPARE_COVER_OFF = "请摘下帽子和头饰", "Take off hats and head ornaments";
    PREPARE_COVER_EXCEPTION = "请摘下帽子；因故需佩戴头巾的，请告知工作人员", "Take off hats. If you wear a head cover, tell staff";
    PREPARE_JEWELLERY = "请摘下耳环、项链", "Take off earrings and necklace";
    PREPARE_CLOTHES = "整理衣领，衣服颜色与背景分明", "Straighten your collar; clothes unlike the backdrop";
    PREPARED = "准备好了", "I am ready";

    // Framing
    FRAMING_LOOK = "请坐好，看着镜头", "Sit upright and look at the camera";
    FRAMING_HOLD = "很好，请保持不动", "Very good. Hold still";
    FRAMING_REFUSED = "刚才那张不够好，请再来一次", "That one was not good enough. Once more";
    FLAWED_TITLE = "这张还不合格，请再拍一张", "Almost right: one more, please";
    FLAWED_PLACE = "圈出的地方需要调整", "The ring shows what to change";
    FLAWED_MORE = "请按下面的提示调整", "This is what to change";
    GLARE_TIP = "镜片又反光了：请将镜腿略微抬高，再来一次", "Your glasses glare again: raise the arms a little, then once more";
    GLARE_OFF = "镜片又反光了：请摘下眼镜，再来一次", "Your glasses glare again: please take them off";
    TO_STAFF = "工作人员：{}", "Staff: {}";
    SHOOT = "手动拍摄", "Take photo";
    GUIDE_CROWN = "头顶", "Crown";
    GUIDE_EYES = "双眼", "Eyes";
    CAMERA_BACK = "相机正在恢复", "The camera is coming back";
    CAMERA_BACK_MORE = "您的进度已保留，请稍候", "Your progress is kept. One moment";

    // Review
    STANDARDISING = "正在生成标准照片", "Making the standard photo";
    STANDARDISING_MORE = "只裁剪和处理背景，不做任何美化", "Cut and backdrop only, nothing is beautified";
    REVIEW_TITLE = "这张照片可以吗？", "Is this photo all right?";
    REVIEW_TRUE = "照片未镜像，与他人看到的您一致", "Not mirrored: this is how others see you";
    PRINT_SIZE = "打印尺寸", "Print size";
    PHOTO = "您的照片", "Your photo";
    ENLARGE = "放大照片", "Enlarge the photo";
    SHRINK = "缩小照片", "Show the photo smaller";
    CONFIRM = "确认使用", "Use this photo";
    CALL_STAFF = "请工作人员处理", "Have staff decide";
    HELP_TITLE = "这张照片可以放行吗？", "May this photo pass?";
    HELP_MORE = "请为每一项选择原因。原因随照片上报，不记录宗教或健康情况。", "Choose a reason for each item. It is sent with the photo; never religion or health.";
    HELP_FIXED = "这一项不能放行，请重新拍摄", "This one must be right. Take the photo again";
    FRAMING_UNSEEN = "自动识别未成功，请工作人员协助", "No face was found. Staff can help";
    CHOICE_TITLE = "请选择一张照片", "Choose one photo";
    CHOICE_MORE = "每张都合格。选中一张后再确认，其余立即删除", "All of them pass. You confirm the one you choose; the others are deleted at once";
    CHOICE_NUMBER = "选第 {} 张", "Photo {}";
    IMPORT_EXISTING = "使用已有照片", "Use an existing photo";
    IMPORT_TITLE = "导入照片", "Import a photo";
    IMPORT_MORE = "插入 U 盘，选择本人的照片。请当面核对：照片上的人就是这位同学。", "Plug in the stick and choose the photo. Check that it shows the person before you.";
    IMPORT_CHOOSE = "请在列表中选择一张照片", "Choose a photo from the list";
    IMPORT_LOOKING = "正在查找 U 盘上的照片…", "Looking for photos on the stick…";
    IMPORT_NONE = "没有找到照片。请插入 U 盘，再点“重新查找”", "No photo was found. Plug in the stick and look again";
    IMPORT_OPENING = "正在打开照片…", "Opening the photo…";
    IMPORT_LIVE = "现场拍摄", "Take it here";
    IMPORT_AGAIN = "重新查找", "Refresh";
    IMPORT_USE = "使用这张", "Use this";
    IMPORT_UNREADABLE = "读不出这个文件。请检查 U 盘，再重新查找", "The file cannot be read. Check the stick and look again";
    IMPORT_NO_PICTURE = "这不是照片文件，请选择 JPEG 或 PNG 照片", "This is no picture. Choose a JPEG or PNG photo";
    IMPORT_OTHER_KIND = "这种格式打不开，请先另存为 JPEG，再重新查找", "This kind of picture cannot be opened. Save it as JPEG first";
    IMPORT_TOO_LARGE = "文件超过 64 MB，请选择小一些的照片", "The file is larger than 64 MB. Choose a smaller one";
    IMPORT_SIZE = "照片尺寸太大或太小（边长 16 至 16000 像素，最多 6400 万像素）", "The picture is too large or too small (16 to 16,000 px a side, at most 64 megapixels)";
    IMPORT_TRANSPARENT = "照片有透明部分，请换成普通照片", "The picture has transparent parts. Choose an ordinary photo";
    IMPORT_DAMAGED = "照片文件已损坏，请重新拷贝", "The file is damaged. Copy it again";
    IMPORT_CHANGED = "读取时文件发生了变化，请重新选择", "The file changed while it was read. Choose it again";
    IMPORT_BEAUTIFIED = "照片经过美颜软件处理，请使用未修饰的原图", "The photo went through a beautifying app. Use the original";
    IMPORT_NO_FACE = "照片里找不到正面人脸，请换一张", "No face is found in the photo. Choose another one";
    IMPORT_FACES = "照片里不止一个人，请换单人照片", "There is more than one person in the photo. Choose another one";
    IMPORT_SMALL = "头部像素太少，放大会不清晰，请换分辨率更高的照片", "The head has too few pixels, and nothing is enlarged. Choose a larger photo";
    IMPORT_NOT_CUT = "头部不完整、太大或太靠边，裁不出标准照，请换一张", "The head is cut off, too large or too near an edge. Choose another one";
    IMPORT_BUSY = "采集站正忙，请稍后再选", "The booth is busy. Choose it again in a moment";
    MARK_TITLE = "手动标定头部", "Mark the head by hand";
    MARK_MORE = "程序找不到人脸时使用。姿态、表情和光线由您目视判断。", "For a face that the program misses. You judge pose, expression and light.";
    MARK_STILL = "请坐正、看镜头，然后拍摄", "Upright, eyes on the camera, then take the picture";
    MARK_CROWN = "请在头顶处点一下", "Touch the top of the head";
    MARK_EYES = "请在两眼正中点一下", "Touch the middle between the eyes";
    MARK_CHIN = "请在下巴处点一下", "Touch the chin";
    MARK_DONE = "框内就是照片。再点一处可微调", "The frame is the photo. Touch again to move the nearest mark";
    MARK_ORDER = "头顶、双眼、下巴应自上而下，请重新标定", "Crown, eyes and chin stand one below the other. Mark them again";
    MARK_SMALL = "头部太小：请坐近一点，重新拍摄", "The head is too small: closer, then take it again";
    MARK_LARGE = "头部太大：请坐远一点，重新拍摄", "The head is too large: farther, then take it again";
    MARK_EDGE = "头部太靠边：请坐到中间，重新拍摄", "The head is too near an edge: to the middle, then take it again";
    MARK_ODD = "三处的比例不对，请核对标记", "The three places do not fit together. Check the marks";
    MARK_TAKE = "拍摄", "Take the picture";
    MARK_ANEW = "重新标定", "Mark again";
    MARK_CUT = "按此裁剪", "Cut it so";
    MARK_GIVE_UP = "返回取景", "Back to framing";
    MARKED_CHIN = "下巴", "Chin";
    LET_PASS = "放行", "Let it pass";
    REASON_MACHINE = "机器误判", "Judged wrongly";
    REASON_BOOTH = "设备原因", "Booth's fault";
    REASON_SCHOOL = "学校允许", "School allows it";
    RETAKE = "重新拍摄", "Take it again";
    YOUR_CODE = "您的采集码", "Your code";
    ALL_PASSED = "检查全部合格", "All checks passed";
    REST_PASSED = "其余合格", "The rest passed";
    GROUP_POSITION = "位置与大小", "Position and size";
    GROUP_POSE = "头部姿态", "Head and pose";
    GROUP_EYES_AND_MOUTH = "眼睛与嘴部", "Eyes and mouth";
    GROUP_LIGHT = "光线与肤色", "Light and colour";
    GROUP_SHARPNESS = "清晰度", "Sharpness";
    GROUP_BACKGROUND = "背景", "Background";
    GROUP_FILE = "文件", "File";
    COULD_RETAKE = "照片合格。想更好，可以重拍一张：", "Your photo is accepted. To make it even better:";
    IDENTITY_ASKING = "正在核对…", "Checking…";
    IDENTITY_LATER = "核对将在联网后进行", "Checked once online";
    BACKGROUND_UNCERTAIN = "发丝边缘保留了原背景", "The original backdrop was kept around the hair";
    SAVE_FAILED = "保存没有成功，照片还在，请再按一次确认", "It could not be saved. Your photo is still here: confirm again";
    SAVING = "正在安全保存", "Saving securely";
    SAVING_MORE = "请稍候，不要离开", "One moment, please stay";

    // Receipt
    RECEIPT_TITLE = "照片已安全保存", "Your photo is saved";
    RECEIPT_CODE = "回执编号", "Receipt code";
    RECEIPT_NEXT = "接下来", "What happens next";
    RECEIPT_NEXT_1 = "联网后自动上传，无需等待", "It is sent by itself; no need to wait";
    RECEIPT_NEXT_2 = "1 个工作日内审核，最长 2 个工作日", "Reviewed within 1 working day, 2 at most";
    RECEIPT_NEXT_2_BY = "1 个工作日内审核，最迟 {}", "Reviewed within 1 working day, {} at the latest";
    RECEIPT_NEXT_3 = "请在学校规定时间内确认标准照片，逾期由平台自动确认", "Confirm the standard photo in time, or the platform will";
    RECEIPT_NEXT_4 = "批次结束后 7 个工作日内提交学信网", "Handed to CHSI within 7 working days after the batch ends";
    RECEIPT_NEXT_4_BY = "批次结束后提交学信网，最迟 {}", "Handed to CHSI by {}";
    ABOUT_DATE = "{}（预计）", "about {}";
    RECEIPT_QR = "扫码保存回执", "Scan to keep the receipt";
    RECEIPT_QR_MORE = "只含状态，不含姓名和照片", "States only: no name, no photo";
    RECEIPT_PAID = "已缴费，照片将进入审核", "Paid. Your photo will be reviewed";
    RECEIPT_OWED = "待缴费：可在首页“查询进度”缴费，之后进入审核", "To be paid under Photo status, then reviewed";
    SLIP_PRINT = "打印小票", "Print a slip";
    SLIP_PRINTING = "正在打印…", "Printing…";
    SLIP_PRINTED = "请取走小票", "Please take your slip";
    SLIP_NO_PAPER = "打印机缺纸，请用手机拍下本页", "No paper. Please photograph this screen";
    SLIP_FAILED = "小票没有打印，请用手机拍下本页", "No slip. Please photograph this screen";
    SLIP_PENDING = "平台收到后另行确认，扫码可查看", "Scan to see when the platform has it";
    DONE = "完成", "Done";
    NEXT_START = "下一位开始", "Next person: start";

    // Contact
    CONTACT_TITLE = "怎样通知您？", "Your contact";
    CONTACT_MORE = "照片已保存。以下都可不填，只加密发送给采集平台。", "Your photo is saved. This is optional, and sealed.";
    CONTACT_PHONE = "手机号码", "Phone";
    CONTACT_EMAIL = "电子邮箱", "E-mail";
    CONTACT_FILE = "照片文件名称", "File name";
    CONTACT_PHONE_WHY = "审核结果短信通知", "A message when it is reviewed";
    CONTACT_EMAIL_WHY = "标准照片发到邮箱", "The photo by mail";
    CONTACT_FILE_WHY = "字母、数字，如姓名拼音", "Letters and digits";
    CONTACT_PHONE_WRONG = "号码不完整，请补全或清空", "Not a whole number: go on, or clear it";
    CONTACT_EMAIL_WRONG = "邮箱不完整，请补全或清空", "Not a whole address: go on, or clear it";
    CONTACT_DONE = "提交", "Submit";
    CONTACT_SKIP = "跳过", "Skip";

    // Payment
    PAY_TITLE = "请用手机扫码缴费", "Scan to pay";
    PAY_SAVED = "照片已安全保存。缴费后进入审核。", "Your photo is saved. It is reviewed once paid.";
    PAY_AMOUNT = "应付金额", "Amount";
    PAY_ORDER = "订单号", "Order";
    PAY_UNTIL = "请在 {} 前支付", "Pay before {}";
    PAY_LEFT = "剩余 {}", "{} left";
    PAY_WAITING = "支付成功后自动进入下一步", "Goes on by itself once paid";
    PAY_LATER = "稍后缴费", "Pay later";
    PAY_ASKING = "正在生成订单", "Making the order";
    PAY_NO_ANSWER = "暂时无法缴费", "Cannot be paid right now";
    PAY_NO_ANSWER_MORE = "照片已安全保存。可以稍后在本机“查询进度”或回执网页缴费。", "Your photo is saved. Pay later under Progress on this screen, or on the receipt's page.";
    PAY_RAN_OUT = "二维码已过期", "This code has run out";
    PAY_RAN_OUT_MORE = "没有扣款。可以重新生成，或稍后缴费。", "Nothing was charged. Get a new one, or pay later.";
    PAY_AGAIN = "重新生成", "New code";
    PAY_PAID = "支付成功", "Paid";
    PAY_PAID_MORE = "照片进入审核。要看进度，请再次出示采集码。", "Your photo goes to audit. To see how far it is, show your code again.";
    TRY_AGAIN = "再试一次", "Try again";

    // Progress
    PROGRESS = "查询进度", "Progress";
    PROGRESS_CODE_TITLE = "查询进度：请出示采集码或回执", "Show your code or your receipt";
    PROGRESS_CONFIRM_CODE_TITLE = "要确认标准照片，请再次出示采集码", "To confirm, show your code once more";
    PROGRESS_WATCH = "查询时摄像头只用来判断您是否还在屏幕前，不识别身份，不保存画面", "While you look, the camera only checks that you are still here: it recognises nobody and keeps nothing";
    PROGRESS_ASKING = "正在查询", "Looking it up";
    PROGRESS_TITLE = "照片进度", "Photo status";
    PROGRESS_OF = "{} 的照片", "Photo of {}";
    PROGRESS_NONE = "还没有您的照片", "There is no photo of yours yet";
    PROGRESS_NONE_MORE = "平台还没有收到。若刚刚拍摄，联网后会自动上传，请稍后再查。", "None has arrived. If it was taken just now it is on its way: look again later.";
    PROGRESS_NO_ANSWER = "暂时连不上平台", "The platform does not answer";
    PROGRESS_NO_ANSWER_MORE = "已拍摄的照片都已安全保存。请稍后再试。", "Every photo taken here is safe. Please try again later.";
    PROGRESS_NOW = "现在", "Now";
    PROGRESS_TAKEN = "拍摄于 {}", "Taken {}";
    PROGRESS_BY = "{} 前完成", "By {}";
    PROGRESS_BY_ESTIMATE = "预计 {} 前后完成（放假安排未公布）", "By about {} (holidays not known yet)";
    PROGRESS_YOU_BY = "请在 {} 前确认，逾期自动确认", "Confirm by {}; after that it counts as confirmed";
    PROGRESS_RETAKE_BY = "请在 {} 前重新采集", "Please come again by {}";
    PROGRESS_WHO_YOU = "需要您处理", "Your turn";
    PROGRESS_WHO_PLATFORM = "平台处理中，您无需操作", "With the platform: nothing to do";
    PROGRESS_WHO_NOBODY = "全部完成，无需操作", "Complete: nothing to do";
    PROGRESS_PAY = "现在缴费", "Pay now";
    PROGRESS_RETAKE = "现在重新拍摄", "Take it again now";
    PROGRESS_CONFIRM = "确认标准照片", "Confirm the standard photo";
    PROGRESS_DOWNLOAD = "扫码下载照片", "Scan for your photo";
    PROGRESS_DOWNLOAD_MORE = "仅供本人，几分钟后失效", "For you alone";
    PROGRESS_STANDARD = "平台标准照片", "Standard photo";
    PROGRESS_LOOK_FIRST = "请先看清照片，再确认", "Look at the photo before you confirm";
    PROGRESS_SCAN_FIRST = "请先扫码查看照片，再确认", "Scan and look at it before you confirm";
    STAGE_TAKEN = "已拍摄", "Taken";
    STAGE_AUDIT = "审核", "Audit";
    STAGE_STANDARD = "标准照", "Standard";
    STAGE_CONFIRM = "确认", "Confirm";
    STAGE_UPLOAD = "学信网", "CHSI";

    // Ends
    ACCEPTED_TITLE = "您的照片已经通过审核", "Your photo was accepted already";
    ACCEPTED_MORE = "无需再拍。可在首页“查询进度”查看、确认和下载。没有新的照片被保存。", "There is no need for another one. See, confirm and fetch it under Progress. No new photo was kept.";
    REFUSED_TITLE = "已为您取消", "Cancelled";
    REFUSED_MORE = "本机没有保存您的任何信息。您可以向学校了解其他采集方式。", "Nothing about you was kept. Your school can tell you about other ways.";
    UNDER_TITLE = "请联系工作人员", "Please call staff";
    UNDER_MORE = "未满14周岁需由监护人同意。工作人员会告诉您其他采集方式。", "Under 14, a guardian has to consent. Staff will tell you about other ways.";
    NOT_PAID_TITLE = "还没有查到缴费", "No payment found";
    NOT_PAID_MORE = "本批次需先缴费。请向学校或工作人员确认，之后再来拍摄。照片没有保存。", "This batch is paid beforehand. Please ask your school or staff and come again. No photo was kept.";
    TAILS_TITLE = "证件号码与采集码不一致", "ID number and code do not match";
    TAILS_MORE = "请确认是您本人的采集码（有两个学籍时请选对），或联系工作人员。照片没有保存。", "Please make sure it is your own code (with two records, the right one), or call staff. No photo was kept.";
    HELP_LINE = "客服电话 020-83398378 · 020-83302077，除法定节假日外每天 9:00–17:00", "Phone 020-83398378 · 020-83302077, 9:00–17:00 except on public holidays";
    HELP_LINE_OF = "客服电话 {}", "Phone {}";
    TO_START = "返回首页", "Back to the start";
    BLOCKED_TITLE = "本机暂停服务", "This booth is out of service";
    BLOCKED_MORE = "已保存的照片不受影响。请使用旁边的设备，或联系工作人员。", "Photos already saved are safe. Please use the next booth, or call staff.";
    BLOCKED_RETURNS = "恢复后自动继续服务，无需操作。", "It opens again by itself. Nothing has to be done.";

    // Staff
    PIN_NUMBER_TITLE = "工作人员工号", "Staff number";
    PIN_TITLE = "工号 {} 的 PIN", "PIN of number {}";
    PIN_WRONG = "PIN 不正确", "Wrong PIN";
    PIN_MAY_NOT = "此操作需要主管的 PIN", "This takes a supervisor's PIN";
    PIN_WAIT = "错误次数过多，请等待 {} 秒", "Too many tries. Wait {} s";
    PIN_UNCHECKED = "暂时无法核对 PIN，请再试一次", "The PIN cannot be checked now. Try again";
    PIN_LOCKOUTS_ENDED = "平台已解除锁定，请重新输入", "The platform ended the lock-outs. Please enter it again";
    PIN_NOT_SET = "尚未设置 PIN，请先登记设备", "No PIN is set: enrol this booth first";
    DESK_LEAVE = "退出", "Leave";
    DESK_CAMERA = "相机", "Camera";
    DESK_DISK = "剩余空间", "Space left";
    DESK_CLOCK = "时钟", "Clock";
    DESK_LINK = "连接", "Link";
    DESK_QUEUE = "待上传", "Queued";
    DESK_OLDEST = "最早未上传", "Oldest";
    DESK_REFUSED = "取景合格、成片未通过：{} 张", "Called good, then refused: {}";
    DESK_ERRORS = "最近错误", "Last errors";
    DESK_NO_ERRORS = "没有错误", "No errors";
    DESK_NO_ROWS = "队列为空", "The queue is empty";
    DESK_NONE = "无", "None";
    DESK_UNKNOWN = "未知", "Unknown";
    DESK_CAPTURES = "{} 张", "{} captures";
    DESK_MINUTES = "{} 分钟", "{} min";
    DESK_HOURS = "{} 小时", "{} h";
    DESK_DAYS = "{} 天", "{} days";
    DESK_BATCH = "批次", "Batch";
    DESK_BATCH_NONE = "未固定，由学生扫码", "None: visitors scan it";
    DESK_BATCH_TITLE = "固定本机的批次", "Pin this booth's batch";
    DESK_BATCH_MORE = "扫描学校的批次码或平台指令", "Scan the school's batch code or a command";
    DESK_UNPIN = "取消固定，由学生扫码", "Unpin: visitors scan it";
    COL_SEQ = "序号", "No.";
    COL_CODE = "回执编号", "Receipt";
    COL_AT = "确认时间", "Confirmed";
    COL_SIZE = "大小", "Size";
    COL_STATE = "状态", "State";
    COL_TRIES = "尝试", "Tries";
    COL_ERROR = "原因", "Reason";
    CAMERA_ABSENT = "未连接", "Not connected";
    CAMERA_OPENING = "正在打开", "Opening";
    CAMERA_STREAMING = "正常", "Working";
    CAMERA_STALLED = "没有画面", "No picture";
    CAMERA_ANOTHER = "不是本机的相机", "Another camera";
    CAMERA_REFUSED = "无法使用", "Not usable";
    LINK_UP = "正常", "Up";
    LINK_DOWN = "中断", "Down";
    LINK_WRONG_DATE = "不是网络：请先校准时钟", "The clock, not the network: set it";
    CLOCK_BEHIND = "时钟落后，请校准", "Behind: set this clock";
    CLOCK_APART = "时钟与平台不一致，已采用平台时间", "Differs: the platform's is used";
    CLOCK_UNCHECKED = "久未核对，请看日期", "Long unchecked: look at it";
    TRUSTED = "可信", "Trusted";
    HOLDOVER = "暂可信", "Holding";
    UNTRUSTED = "未校准", "Not checked";
    QUEUED = "待上传", "Queued";
    DELIVERED = "已送达", "Delivered";
    WITHDRAWN = "已撤回", "Withdrawn";
    OTHER_BYTES = "平台已有不同内容", "Other content at the platform";
    TOO_LARGE = "超过平台上限", "Too large for the platform";
    NOT_OPENED = "平台无法打开", "The platform could not open it";
    DAMAGED = "磁盘损坏", "Damaged on disk";
}

/// Returns every sentence that a screen may show, once: what a third language translates.
pub fn every() -> Vec<Text> {
    let catalogues = [
        ALL,
        staff::ALL,
        first::ALL,
        booth::words::ALL,
        stage_words::ALL,
    ];
    let named = catalogues.into_iter().flatten().map(|(_, text)| *text);
    let advice = Advice::ALL.into_iter();
    let said = advice.flat_map(|advice| [Some(advice.sentence()), advice.for_staff()]);
    let rejected = RejectReason::ALL.into_iter().map(RejectReason::sentence);
    let checks = CheckId::ALL.into_iter().flat_map(checks::words::of);
    let mut every: Vec<Text> = vec![];
    for text in named.chain(said.flatten()).chain(rejected).chain(checks) {
        if every.iter().all(|known| known.zh != text.zh) {
            every.push(text);
        }
    }
    every
}

/// Returns a sentence with its one `{}` filled in.
pub fn with(text: Text, lang: Lang, value: impl std::fmt::Display) -> String {
    text.get(lang).replacen("{}", &value.to_string(), 1)
}

/// Returns whom a student calls and when: as the platform published it, or as compiled in.
pub fn help_line(service: Option<&ServiceLine>, lang: Lang) -> String {
    match service {
        None => HELP_LINE.get(lang).to_owned(),
        Some(service) => with(HELP_LINE_OF, lang, service.in_words(lang)),
    }
}

/// Writes month, day and minute in China.
pub fn china_minutes(at: crate::time::Wall) -> String {
    at.in_china().strftime("%m-%d %H:%M").to_string()
}

pub const fn code_hint(hint: CodeHint) -> Text {
    match hint {
        CodeHint::Foreign(Foreign::PaymentOrLogin) => HINT_PAYMENT,
        CodeHint::Foreign(Foreign::Contact) => HINT_CONTACT,
        CodeHint::Foreign(Foreign::App) => HINT_APP,
        CodeHint::Foreign(Foreign::Number) => HINT_NUMBER,
        CodeHint::Foreign(Foreign::Link) => HINT_LINK,
        CodeHint::Foreign(Foreign::Unreasonable) => HINT_UNREASONABLE,
        CodeHint::Foreign(Foreign::Everyday) => HINT_EVERYDAY,
        CodeHint::ThisIsAReceipt => HINT_RECEIPT,
        CodeHint::ForeignReceipt => HINT_FOREIGN_RECEIPT,
        CodeHint::ThisIsForStaff => HINT_STAFF,
        CodeHint::ThisIsTheBatch => HINT_BATCH,
        CodeHint::ScanAgain => HINT_AGAIN,
        CodeHint::NotTheSame => HINT_NOT_SAME,
        CodeHint::Hold(advice) => hold(advice),
    }
}

pub const fn hold(advice: code::Advice) -> Text {
    match advice {
        code::Advice::PartlyOutside => CODE_OUTSIDE,
        code::Advice::TooDark => CODE_DARK,
        code::Advice::TooBright => CODE_BRIGHT,
        code::Advice::TooSmall => CODE_SMALL,
        code::Advice::Moving => CODE_MOVING,
        code::Advice::Blurred => CODE_BLURRED,
        code::Advice::ScannedInPart => CODE_IN_PART,
    }
}

pub const fn batch_trouble(trouble: BatchTrouble) -> Text {
    match trouble {
        BatchTrouble::Unknown => BATCH_UNKNOWN,
        BatchTrouble::Foreign => BATCH_FOREIGN,
        BatchTrouble::Older => BATCH_OLDER,
        BatchTrouble::NotReachable => BATCH_NOT_REACHABLE,
        BatchTrouble::NotKept => BATCH_NOT_KEPT,
        BatchTrouble::NotYetOpen => BATCH_NOT_YET,
        BatchTrouble::Closed => BATCH_CLOSED,
        BatchTrouble::Revoked => BATCH_REVOKED,
    }
}

pub const fn command_trouble(trouble: CommandTrouble) -> Text {
    match trouble {
        CommandTrouble::Foreign => COMMAND_FOREIGN,
        CommandTrouble::OtherBooth => COMMAND_OTHER,
        CommandTrouble::Expired => COMMAND_EXPIRED,
        CommandTrouble::Used => COMMAND_USED,
        CommandTrouble::BehindThePin => COMMAND_BEHIND_PIN,
        CommandTrouble::NotDone => COMMAND_NOT_DONE,
    }
}

/// Returns why a batch is refused, with its name where it has one.
pub fn batch_refusal(refusal: &BatchRefusal, lang: Lang) -> String {
    let trouble = batch_trouble(refusal.trouble).get(lang);
    match (&refusal.name, lang) {
        (None, _) => trouble.to_owned(),
        (Some(name), Lang::Zh) => format!("{name}：{trouble}"),
        (Some(name), Lang::En | Lang::Third(_)) => format!("{name}: {trouble}"),
    }
}

pub const fn tail_title(rule: TailRule) -> Text {
    match rule {
        TailRule::AsPrinted | TailRule::BracketsDropped => TAIL_TITLE,
        TailRule::LastSix => TAIL_TITLE_SIX,
    }
}

pub const fn tail_hint(hint: TailHint) -> Text {
    match hint {
        TailHint::DoesNotMatch => TAIL_MISMATCH,
        TailHint::NotATail => TAIL_NOT_ONE,
        TailHint::FromTheChair => TAIL_FROM_CHAIR,
    }
}

pub const fn mark(mark: Mark) -> Text {
    match mark {
        Mark::Crown => GUIDE_CROWN,
        Mark::Eyes => GUIDE_EYES,
        Mark::Chin => MARKED_CHIN,
    }
}

/// Returns why a marked head cannot be cropped.
pub const fn not_cut(why: Infeasible) -> Text {
    match why {
        Infeasible::TooFar => MARK_SMALL,
        Infeasible::TooClose => MARK_LARGE,
        Infeasible::TooFarLeft
        | Infeasible::TooFarRight
        | Infeasible::TooHigh
        | Infeasible::TooLow => MARK_EDGE,
        Infeasible::Proportions => MARK_ODD,
    }
}

pub const fn reason(reason: OverrideReason) -> Text {
    match reason {
        OverrideReason::JudgedWronglyByMachine => REASON_MACHINE,
        OverrideReason::BoothEquipment => REASON_BOOTH,
        OverrideReason::SchoolAllowed => REASON_SCHOOL,
    }
}

/// Returns the title and what to do now.
pub const fn stop(stop: &Stop) -> (Text, Text) {
    match stop {
        Stop::Batch(refusal) => (batch_trouble(refusal.trouble), BATCH_STOPPED_MORE),
        Stop::Refused => (REFUSED_TITLE, REFUSED_MORE),
        Stop::UnderFourteen => (UNDER_TITLE, UNDER_MORE),
        Stop::NotPaid => (NOT_PAID_TITLE, NOT_PAID_MORE),
        Stop::AlreadyAccepted => (ACCEPTED_TITLE, ACCEPTED_MORE),
        Stop::TooManyTails => (TAILS_TITLE, TAILS_MORE),
    }
}

pub const fn camera(state: &CameraState) -> Text {
    match state {
        CameraState::Absent => CAMERA_ABSENT,
        CameraState::Opening => CAMERA_OPENING,
        CameraState::Streaming => CAMERA_STREAMING,
        CameraState::Stalled => CAMERA_STALLED,
        CameraState::Another(_) => CAMERA_ANOTHER,
        CameraState::Refused(_) => CAMERA_REFUSED,
    }
}

pub const fn trust(trust: Trust) -> Text {
    match trust {
        Trust::Trusted => TRUSTED,
        Trust::Holdover => HOLDOVER,
        Trust::Unknown => UNTRUSTED,
    }
}

pub const fn clock_fault(fault: ClockFault) -> Text {
    match fault {
        ClockFault::Behind => CLOCK_BEHIND,
        ClockFault::Apart => CLOCK_APART,
        ClockFault::LongUnchecked => CLOCK_UNCHECKED,
    }
}

pub const fn queue_state(state: QueueState) -> Text {
    match state {
        QueueState::Queued => QUEUED,
        QueueState::Delivered => DELIVERED,
        QueueState::Withdrawn => WITHDRAWN,
        QueueState::Quarantined(Quarantine::Damaged) => DAMAGED,
        QueueState::Quarantined(Quarantine::Refused(refusal)) => match refusal {
            Refusal::OtherBytesUnderId => OTHER_BYTES,
            Refusal::TooLarge => TOO_LARGE,
            Refusal::NotOpened => NOT_OPENED,
        },
    }
}

/// Returns what a person should know about the backdrop, if anything.
pub const fn background(background: BackgroundUse) -> Option<Text> {
    match background {
        BackgroundUse::Kept | BackgroundUse::Replaced => None,
        BackgroundUse::KeptUncertain => Some(BACKGROUND_UNCERTAIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_there_in_both_languages() {
        let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        for (name, text) in ALL.iter().chain(staff::ALL).chain(first::ALL) {
            assert!(
                !text.zh.trim().is_empty() && !text.en.trim().is_empty(),
                "{name}"
            );
            let chinese = text.zh.chars().any(is_chinese);
            assert!(chinese, "{name}: {}", text.zh);
            assert!(!text.en.chars().any(is_chinese), "{name}: {}", text.en);
        }
    }

    #[test]
    fn a_place_to_fill_is_in_both_languages_or_in_none() {
        for (name, text) in ALL.iter().chain(staff::ALL).chain(first::ALL) {
            let places = |sentence: &str| sentence.matches("{}").count();
            assert_eq!(places(text.zh), places(text.en), "{name}");
            assert!(places(text.zh) <= 1, "{name}");
        }
    }
}
