// SPDX-License-Identifier: MIT
pragma solidity ^0.8.19;

/// The contract of a talk, in behaviour, as one chain keeps it; ../contract.ts is the same in TypeScript and says what was added, ../as-written.ts
/// what is wrong with it. Sums that only grow, operations known by a hash with time and number of the block, dependencies that
/// are required rather than waited for, a balance that is an unsigned difference. Tokens are numbered as in Portfolio.sol.
contract PortfolioAsWritten {
    enum Kind { Deposit, Withdraw, Stake, Unstake, Borrow, Repay, Transfer, Swap, Provide }

    uint8 private constant TOKENS = 4;
    uint8 private constant ASSETS = 24;

    mapping(uint8 => uint256) private credited;
    mapping(uint8 => uint256) private debited;
    mapping(uint8 => uint256) private borrowed;
    mapping(uint8 => uint256) private repaid;
    mapping(bytes32 => bool) private processed;

    struct Operation {
        Kind kind;
        uint8 token;
        uint8 second;
        uint32 amount;
        uint32 more;
        uint64 received; // of a swap or a provision
    }

    function addOperation(Operation calldata operation, bytes32[] calldata dependencies) external {
        bytes32 id = operationId(operation);
        require(!processed[id], "Operation already processed");
        for (uint256 i = 0; i < dependencies.length; i++) {
            require(processed[dependencies[i]], "Dependency not yet processed");
        }
        process(operation);
        processed[id] = true;
    }

    function operationId(Operation calldata operation) public view returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                msg.sender,
                uint8(operation.kind),
                operation.amount,
                operation.more,
                operation.token,
                operation.second,
                block.timestamp,
                block.number
            )
        );
    }

    function getBalance(uint8 token) public view returns (uint256) {
        return credited[token] - debited[token];
    }

    function getDebt(uint8 token) public view returns (uint256) {
        return borrowed[token] - repaid[token];
    }

    /// All of them, with type(uint256).max for one whose reading reverts.
    function getAll() external view returns (uint256[ASSETS] memory balances, uint256[TOKENS] memory debts) {
        for (uint8 token = 0; token < ASSETS; token++) {
            balances[token] = credited[token] < debited[token] ? type(uint256).max : getBalance(token);
        }
        for (uint8 token = 0; token < TOKENS; token++) {
            debts[token] = borrowed[token] < repaid[token] ? type(uint256).max : getDebt(token);
        }
    }

    function process(Operation calldata operation) private {
        Kind kind = operation.kind;
        uint8 token = operation.token;
        uint256 amount = operation.amount;
        uint8 staked = token + TOKENS;
        if (kind == Kind.Deposit) {
            credited[token] += amount;
        } else if (kind == Kind.Withdraw) {
            debited[token] += amount;
        } else if (kind == Kind.Stake) {
            credited[staked] += amount;
        } else if (kind == Kind.Unstake) {
            debited[staked] += amount;
            credited[token] += amount;
        } else if (kind == Kind.Borrow) {
            borrowed[token] += amount;
            credited[token] += amount;
        } else if (kind == Kind.Repay) {
            debited[token] += amount;
            repaid[token] += amount;
        } else if (kind == Kind.Transfer) {
            debited[token] += amount;
            credited[token] += amount;
        } else if (kind == Kind.Swap) {
            debited[token] += amount;
            credited[operation.second] += operation.received;
        } else {
            debited[token] += amount;
            debited[operation.second] += operation.more;
            credited[2 * TOKENS + TOKENS * token + operation.second] += operation.received;
        }
    }
}
