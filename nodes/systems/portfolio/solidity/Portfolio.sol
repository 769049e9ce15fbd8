// SPDX-License-Identifier: MIT
pragma solidity ^0.8.19;

/// The multi-chain portfolio, right, as one chain keeps it. Operations come in a causal order, each once, from all chains; the rules are
/// those of ../definition.ts: what was put in or borrowed for a holder is spendable by that holder alone, and what can't be paid yet waits
/// in its holder's order. Storage holds no trace of the order of arrival: contracts with the same operations have the same storage.
///
/// Tokens are numbered: 0 to 3 USDC, DAI, MATIC, ETH; 4 to 7 the same, staked; 8 + 4a + b the shares of the pool of a and b.
/// Values are in US cents, amounts whole units.
contract Portfolio {
    enum Kind { Deposit, Withdraw, Stake, Unstake, Borrow, Repay, Transfer, Swap, Provide }

    struct Operation {
        Kind kind;
        uint8 token;
        uint8 second; // what is got by a swap, or provided too
        uint32 amount;
        uint32 more; // of the second, where it is provided
        uint64 target; // the holder that gets what it yields
    }

    struct Account {
        mapping(uint8 => uint256) assets;
        mapping(uint8 => uint256) debts;
        uint256 staked;
        uint256 owed;
        mapping(uint256 => Operation) queue;
        uint256 first;
        uint256 next;
    }

    uint8 private constant TOKENS = 4;
    uint8 private constant ASSETS = 24;
    uint256 private constant UPDATES_PER_LIFE = 1_000_000;

    address private immutable relayer = msg.sender;
    mapping(uint64 => Account) private accounts;
    mapping(uint32 => uint32) private lives;
    mapping(uint32 => mapping(uint256 => bool)) private applied;
    uint256[ASSETS] private assets;
    uint256[TOKENS] private debts;
    uint256 private waiting;

    /// @param chain the position, among all, of the one that accepted it
    /// @param number from 1; a chain that lost its disk goes on with the next million
    function applyOperation(uint32 chain, uint256 number, Operation calldata operation) external {
        require(msg.sender == relayer, "Not the relayer");
        require(!applied[chain][number], "Operation already applied");
        applied[chain][number] = true;
        uint64 holder = holderOf(chain, number);
        uint32 life = uint32(holder);
        if (life > lives[chain]) lives[chain] = life;
        uint64[] memory changed = new uint64[](waiting + 2);
        if (isFree(operation)) {
            changed[0] = give(operation);
        } else {
            Account storage account = accounts[holder];
            account.queue[account.next++] = operation;
            waiting++;
            changed[0] = holder;
        }
        settle(changed);
    }

    /// Whether it would take effect at once, were it accepted here.
    function isCovered(uint32 chain, uint256 number, Operation calldata operation) external view returns (bool) {
        Account storage account = accounts[holderOf(chain, number)];
        return isFree(operation) || (account.first == account.next && covers(account, operation));
    }

    /// The latest life of a chain that is known here; what is meant for the chain goes there.
    function lifeOf(uint32 chain) external view returns (uint32) {
        return lives[chain];
    }

    function portfolio() external view returns (uint256[ASSETS] memory, uint256[TOKENS] memory, int256 value, uint256) {
        for (uint8 token = 0; token < ASSETS; token++) value += int256(assets[token] * price(token));
        for (uint8 token = 0; token < TOKENS; token++) value -= int256(debts[token] * price(token));
        return (assets, debts, value, waiting);
    }

    /// All that can take effect does; what one holder gets may let it go on. Each that does adds at most one to `changed`.
    function settle(uint64[] memory changed) private {
        uint256 left = 1;
        while (left > 0) {
            uint64 holder = changed[--left];
            Account storage account = accounts[holder];
            while (account.first < account.next) {
                Operation memory operation = account.queue[account.first];
                if (!covers(account, operation)) break;
                delete account.queue[account.first++];
                waiting--;
                take(account, operation);
                uint64 target = give(operation);
                if (target != holder) changed[left++] = target;
            }
        }
    }

    function covers(Account storage account, Operation memory operation) private view returns (bool) {
        Kind kind = operation.kind;
        uint8 token = operation.token;
        uint256 amount = operation.amount;
        uint256 worth = price(token) * amount;
        if (kind == Kind.Borrow) return (account.owed + worth) * 4 <= account.staked * 3;
        if (kind == Kind.Unstake) token += TOKENS;
        if (account.assets[token] < amount) return false;
        if (kind == Kind.Repay) return account.debts[token] >= amount;
        if (kind == Kind.Provide) return account.assets[operation.second] >= operation.more;
        if (isStaked(token)) return account.owed * 4 <= (account.staked - worth) * 3;
        return true;
    }

    function take(Account storage account, Operation memory operation) private {
        Kind kind = operation.kind;
        uint8 token = operation.token;
        uint256 amount = operation.amount;
        if (kind == Kind.Borrow) {
            account.debts[token] += amount;
            account.owed += price(token) * amount;
            debts[token] += amount;
            return;
        }
        if (kind == Kind.Repay) {
            account.debts[token] -= amount;
            account.owed -= price(token) * amount;
            debts[token] -= amount;
        }
        takeAsset(account, kind == Kind.Unstake ? token + TOKENS : token, amount);
        if (kind == Kind.Provide) takeAsset(account, operation.second, operation.more);
    }

    function give(Operation memory operation) private returns (uint64 target) {
        Kind kind = operation.kind;
        uint8 token = operation.token;
        uint256 amount = operation.amount;
        target = operation.target;
        if (kind == Kind.Withdraw || kind == Kind.Repay) return target;
        if (kind == Kind.Stake) token += TOKENS;
        if (kind == Kind.Swap) {
            token = operation.second;
            amount = (amount * price(operation.token)) / price(token);
        }
        if (kind == Kind.Provide) {
            token = 2 * TOKENS + TOKENS * operation.token + operation.second;
            amount = amount * price(operation.token) + operation.more * price(operation.second);
        }
        Account storage account = accounts[target];
        account.assets[token] += amount;
        assets[token] += amount;
        if (isStaked(token)) account.staked += price(token) * amount;
    }

    function takeAsset(Account storage account, uint8 token, uint256 amount) private {
        account.assets[token] -= amount;
        assets[token] -= amount;
        if (isStaked(token)) account.staked -= price(token) * amount;
    }

    /// It comes from outside and spends nothing.
    function isFree(Operation calldata operation) private pure returns (bool) {
        return operation.kind == Kind.Deposit || operation.kind == Kind.Stake;
    }

    function isStaked(uint8 token) private pure returns (bool) {
        return token >= TOKENS && token < 2 * TOKENS;
    }

    function price(uint8 token) private pure returns (uint256) {
        if (token >= 2 * TOKENS) return 1;
        return [100, 100, 50, uint256(300_000)][token % TOKENS];
    }

    function holderOf(uint32 chain, uint256 number) private pure returns (uint64) {
        return (uint64(chain) << 32) | uint64((number - 1) / UPDATES_PER_LIFE);
    }
}
