"""Statements in the four layouts that the M-Pesa portal exports, with made-up rows."""
# ruff: noqa: E501 - lines are as long as in the files

ACCOUNT = """\
Account Holder:,LAKE VIEW CAMP LTD
Short Code:,174379
Account:,Utility Account
Time Period:,From,20-11-2026 00:00:00,To,21-11-2026 23:59:59
Operator:,owner,Organization:,LAKE VIEW CAMP LTD,Date of Report:,22-11-2026 07:00:00
Opening Balance:,100,Closing Balance:,2586.25,Available Balance:,,Total Paid In:,2500,Total Withdrawn:,-13.75
Receipt No.,Completion Time,Initiation Time,Details,Transaction Status,Paid In,Withdrawn,Balance,\
Balance Confirmed,Reason Type,Other Party Info,Linked Transaction ID,A/C No.,Currency
UK20AAAA01,20-11-2026 09:15:02,20-11-2026 09:15:02,Pay Bill Charge,Completed,,-13.75,2586.25,true,Pay Utility,SP,,,KES
uk20aaaa01,20-11-2026 09:15:02,20-11-2026 09:15:02,Pay Bill from 25470****111 - ASHA **** N Acc. bk 0001,\
Completed,2500,,2600,true,Pay Utility,25470****111 - ASHA **** N,,bk 0001,KES
UK20AAAA02,20-11-2026 09:10:00,20-11-2026 09:10:00,Pay Bill from 25470****222 - BEN Acc. BK0002,\
Cancelled,700,,,true,Pay Utility,25470****222 - BEN,,BK0002,KES
Total,,,,,2500,-13.75,,,,,,,
"""

NEW_TEMPLATE = (
    "Receipt No,Completion Time,Details,Transaction Status,Paid In (KSHs),Withdrawn (KSHs),"
    "Balance (KSHs)\r\n"
    'UK20BBBB03,20/11/2026 23:09:30,Agency Withdrawal of funds to Bank,Completed,0.00,"-4,850.00",'
    "0.00\r\n"
    "UK20BBBB02,20/11/2026 14:09:17,FSI to Pay Bill by 999002 - LAKE BANK Acc. BK0002 via WEB by "
    'LAKE BANK\\B2BUser1,Completed,"2,350.00",0.00,"4,850.00"\r\n'
    'UK20BBBB01,20/11/2026 09:15,"Pay Bill from 2547****111 - ASHA\nACC. NONE Acc. BK0001",'
    'Completed,"2,500.00",0.00,"2,500.00"\r\n'
)

HEAD_OFFICE = """\
STORE_NAME,RECEIPT_NUMBER,ACCOUNT_TYPE_NAME,TRANSACTION_TYPE,START_TIMESTAMP,TRANSACTION_PARTY_DETAILS,\
CREDIT_AMOUNT,DEBIT_AMOUNT,BALANCE,LINKED_TRANSACTION_ID
GATE,UK20CCCC01,Merchant Account,Customer Merchant Payment,2026-11-20 10:00:00,2547****222 - BEN,500,,500,
SHOP,UK20CCCC02,Merchant Account,Customer Merchant Payment,2026-11-20 10:00:30,2547****333 - CAT,80,,1080,
GATE,UK20CCCC01,Merchant Account,Customer Merchant Payment,2026-11-20 10:00:00,Pay merchant Charge,,2.75,497.25,
SHOP,UK20CCCC03,Merchant Account,Organization To Organization Transfer,2026-11-20 10:05:00,\
990001 - AIRTEL MONEY,20,,1100,
"""

TILL_HEADER = "Receipt No,Completion Time,Details,Transaction Status,Paid in,Withdrawn,Balance,Transaction Type,Other Party"
TILL_ROWS = (
    "UK20DDDD01,2026-11-20 09:19:51,Merchant Payment Online from 254721***933 - CY,Completed,5600,0,"
    "5600,Customer Merchant Payment,7480000-LAKE VIEW",
    "UK20DDDD02,2026-11-20 09:32:46,Biashara Overdraft Repayment,Completed,0,5600,0,"
    "OD Payment Transfer,804080-Boost Biashara",
)
